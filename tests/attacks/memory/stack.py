# attack: recursion without end, and without Python's own limit
# expect: signalled SIGKILL or memoryLimit
# limits: memoryBytes=67108864 cpuMs=5000
import sys

sys.setrecursionlimit(2**31 - 1)

class Digs:
    def __repr__(self):
        return repr(self)

repr(Digs())
