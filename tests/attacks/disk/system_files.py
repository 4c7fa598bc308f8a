# attack: write to what everybody's sandbox reads
# expect: exited 0
# says: unlink
import os, sys
from refused import refused

def make(folder):
    open(folder + "/planted", "w")

for folder in ["/", "/etc", "/usr", "/usr/bin", "/lib", "/usr/lib/python3", "/dev"]:
    refused("EROFS", make, folder)
# Toolchains are on an overlay that cannot be written at all, which comes before who may.
for file, reason in [("/etc/passwd", "EACCES"), (sys.executable, "EROFS"), (os.__file__, "EROFS")]:
    refused(reason, os.open, file, os.O_WRONLY)
    refused("EROFS", os.chmod, file, 0o777)
    refused("EROFS", os.unlink, file)
