# attack: be root in a user namespace of its own, by a call that Python has no name for
# expect: exited 0
# says: 0x10000000: -1, errno 1
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
for kind in [0x10000000, 0x20000, 0x20000000, 0x40000000]:
    answer = libc.unshare(kind)
    print("BROKEN" if answer == 0 else "refused", f"{kind:#x}: {answer}, errno {ctypes.get_errno()}")
