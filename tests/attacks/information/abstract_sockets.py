# attack: find a socket of the host's that has no file
# expect: exited 0
# says: looked
for line in open("/proc/self/net/unix").readlines()[1:]:
    # Number, five more, inode, and a name if it has one.
    print("BROKEN" if len(line.split()) > 7 else "nameless:", line)
print("looked")
