# attack: lock programs of the host, which others would have to wait for
# expect: exited 0
# says: done
import errno
import fcntl
import os

# Nobody else can tell: see `crates/sandbox/tests/inodes.rs`. Here, all of these must be this sandbox's to lock, whatever the
# others that run now do, or refused.
for name in ["/usr/bin/true", "/usr/bin/python3", "/usr/bin", "/usr/lib"]:
    file = os.open(name, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        print("refused" if error.errno == errno.ENOSYS else f"BROKEN: {error}")
print("done")
