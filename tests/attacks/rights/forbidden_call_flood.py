# attack: flood whoever watches for forbidden calls with children that make them
# expect: exited 0
# says: {31}
import ctypes
import os

trace = ctypes.CDLL(None).ptrace
ends = set()
for _ in range(20):
    children = []
    for _ in range(20):
        child = os.fork()
        if not child:
            trace(16, 1, 0, 0)
            os._exit(7)
        children.append(child)
    ends |= {os.waitpid(child, 0)[1] for child in children}
print(ends)
