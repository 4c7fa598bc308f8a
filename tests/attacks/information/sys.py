# attack: look into /sys and at cgroups, to raise a limit
# expect: exited 0
# says: listdir('/sys/fs/cgroup',): ENOENT
import os
from refused import refused

refused("ENOENT", os.listdir, "/sys")
refused("ENOENT", os.listdir, "/sys/fs/cgroup")
for line in open("/proc/self/cgroup"):
    # Where its own namespace begins.
    if line.rstrip().split(":")[2] != "/":
        print("BROKEN", line)
