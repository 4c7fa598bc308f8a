# attack: write to what everybody's sandbox reads
# expect: exited
# exit: 0
# never says: BROKEN
import os, sys

for root in ["/", "/etc", "/usr", "/usr/bin", "/lib", "/usr/lib/python3", "/var", "/run", "/root", "/home", "/dev"]:
    try:
        open(root + "/planted", "w")
        print("BROKEN", root)
    except OSError:
        pass
for file in ["/etc/passwd", "/etc/ld.so.preload", "/etc/ld.so.cache", sys.executable, os.__file__]:
    for attempt in [lambda: open(file, "ab"), lambda: os.chmod(file, 0o777), lambda: os.unlink(file)]:
        try:
            attempt()
            print("BROKEN", file)
        except OSError:
            pass
