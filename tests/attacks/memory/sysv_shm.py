# attack: memory in System V segments, which outlive their process
# expect: memoryLimit
# limits: memoryBytes=67108864
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
for _ in range(16):
    segment = libc.shmget(0, 16 << 20, 0o1600)
    ctypes.memset(libc.shmat(segment, None, 0), 1, 16 << 20)
print("BROKEN")
