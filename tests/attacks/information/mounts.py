# attack: learn the host's folders from the table of mounts; what it says beyond those of toolchains the runner looks for
# expect: exited 0
# says: mountstats: 
# says: /proc proc
for name in ["mountinfo", "mounts", "mountstats"]:
    with open("/proc/self/" + name) as table:
        print(name + ":", table.read())
