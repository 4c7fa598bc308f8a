# attack: read of init what it knows of the host
# expect: exited 0
# says: looked
import os

for name in ["environ", "mem", "maps", "auxv", "stack", "syscall", "io"]:
    try:
        with open("/proc/1/" + name, "rb") as file:
            print("BROKEN" if name != "environ" else "", name, file.read(4096))
    except OSError:
        pass
for name in ["root", "cwd", "fd", "map_files"]:
    try:
        print("BROKEN", name, os.listdir("/proc/1/" + name))
    except OSError:
        pass
try:
    print("BROKEN", os.readlink("/proc/1/exe"))
except OSError:
    pass
print("looked")
