# attack: learn the host's folders from the table of mounts
# expect: exited 0
# says: /proc
for name in ["mountinfo", "mounts", "mountstats"]:
    try:
        print(open("/proc/self/" + name).read())
    except OSError:
        pass
