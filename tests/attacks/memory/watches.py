# attack: take all the watches that the server's user has
# expect: exited 0
# says: 4 instances
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
instances = [libc.inotify_init1(0) for _ in range(20)]
given = [instance for instance in instances if instance >= 0]
print(len(given), "instances")
added = 0
for number in range(800):
    os.mkdir(f"/tmp/{number}")
    os.mkdir(f"/box/{number}")
    added += sum(libc.inotify_add_watch(given[0], f"{folder}/{number}".encode(), 2) > 0 for folder in ("/tmp", "/box"))
print("BROKEN" if added > 1024 else "added", added)
