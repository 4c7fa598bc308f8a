# attack: a file of the system's by another name
# expect: exited
# exit: 0
# never says: BROKEN
import os, sys

for file in ["/etc/passwd", "/bin/sh", "/proc/self/exe", sys.executable]:
    for folder in ["/box", "/tmp", "/dev/shm"]:
        try:
            os.link(file, folder + "/linked")
            print("BROKEN", file, folder)
        except OSError:
            pass
