# attack: find a socket of the host's that has no file
# expect: exited 0
# says: 0 sockets
sockets = open("/proc/self/net/unix").readlines()[1:]
print(len(sockets), "sockets", *sockets)
