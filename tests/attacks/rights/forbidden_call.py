# attack: take hold of another process, by a call that only an attack makes
# expect: forbiddenCall
# says: on
# says: it called `ptrace`
import ctypes

print("on", flush=True)
print("BROKEN", ctypes.CDLL(None).ptrace(16, 1, 0, 0))
