# attack: become root, or get back what was given up
# expect: exited or forbiddenCall
# never says: BROKEN
import os

for name in ["setuid", "seteuid", "setgid", "setegid"]:
    try:
        getattr(os, name)(0)
        print("BROKEN", name, flush=True)
    except OSError:
        pass
try:
    os.setgroups([0])
    print("BROKEN groups", flush=True)
except OSError:
    pass
for line in open("/proc/self/status"):
    if line.startswith(("CapPrm", "CapEff", "CapBnd", "CapAmb")) and int(line.split()[1], 16):
        print("BROKEN", line)
