# attack: have somebody else killed when memory runs out
# expect: exited
# exit: 0
# never says: BROKEN
for name in ["/proc/self/oom_score_adj", "/proc/1/oom_score_adj"]:
    try:
        with open(name, "w") as file:
            file.write("-1000")
        print("BROKEN", name)
    except OSError:
        pass
