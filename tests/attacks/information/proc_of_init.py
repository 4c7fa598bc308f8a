# attack: read of init what it knows of the host
# expect: exited 0
# says: looked
import os
from refused import refused

seen = "1" in os.listdir("/proc")
for name in ["environ", "cmdline", "mem", "maps", "root", "cwd", "fd", "fdinfo", "map_files", "exe", "stack", "mountinfo"]:
    refused("ENOENT", os.stat, "/proc/1/" + name)
print("BROKEN: it is seen" if seen else "looked")
