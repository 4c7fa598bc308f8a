# attack: look into /sys and at cgroups, to raise a limit
# expect: exited
# exit: 0
# never says: BROKEN
import os

for folder, _, files in os.walk("/sys"):
    for name in files:
        print("BROKEN", folder, name)
print(open("/proc/self/cgroup").read())
