# attack: a file of the system's by another name
# expect: exited 0
# says: /dev/shm/linked
import os, sys
from refused import refused

for file in ["/etc/passwd", "/bin/sh", sys.executable]:
    for folder in ["/box", "/tmp", "/dev/shm"]:
        refused("EXDEV", os.link, file, folder + "/linked")
