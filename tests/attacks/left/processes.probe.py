# attack: find a process or an abstract socket of the program before
# expect: exited 0
# says: nothing
import os, socket

try:
    socket.socket(socket.AF_UNIX).connect("\0left")
    print("BROKEN: a socket")
except ConnectionRefusedError:
    pass
strangers = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, os.getpid(), os.getppid()}
if strangers:
    print("BROKEN", strangers)
print("nothing")
