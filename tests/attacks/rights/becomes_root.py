# attack: become root, or get back what was given up
# expect: exited 0
# says: no capability
import os
from refused import refused

for become in [os.setuid, os.seteuid, os.setgid, os.setegid]:
    refused("EPERM", become, 0)
refused("EPERM", os.setgroups, [0])
held = [line for line in open("/proc/self/status") if line.startswith("Cap") and int(line.split()[1], 16)]
print("BROKEN:" if held else "no capability", *held)
