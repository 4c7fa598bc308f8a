# attack: see whose keys the kernel keeps
# expect: exited
# exit: 0
# never says: user
for name in ["/proc/keys", "/proc/key-users"]:
    try:
        for line in open(name):
            print(line)
    except OSError:
        pass
