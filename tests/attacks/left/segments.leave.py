# attack: leave as much memory as is allowed in segments of System V, which go some time after their sandbox
# expect: exited 0
# says: left
# limits: memoryBytes=100000000
import ctypes

libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for _ in range(4):
    ctypes.memset(libc.shmat(libc.shmget(0, 18 << 20, 0o1600), None, 0), 1, 18 << 20)
print("left")
