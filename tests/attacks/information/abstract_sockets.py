# attack: find a socket of the host's that has no file
# expect: exited
# exit: 0
# never says: BROKEN
for line in open("/proc/self/net/unix").readlines()[1:]:
    print("BROKEN", line)
