# attack: recursion without end, and without Python's own limit
# expect: signalled SIGSEGV
# limits: memoryBytes=134217728
import sys

sys.setrecursionlimit(2**31 - 1)

class Digs:
    def __repr__(self):
        return repr(self)

repr(Digs())
