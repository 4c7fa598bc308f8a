# attack: change the input, so that whoever compares with it later is deceived
# expect: exited 0
# says: read: as it was given
# says: lseek(0, 0, 0): ESPIPE
# input: as it was given
import os
from refused import refused

print("read:", os.read(0, 15).decode(), flush=True)
# The pipe is its own, so it may write there: nobody else reads it.
os.write(os.open("/proc/self/fd/0", os.O_WRONLY | os.O_NONBLOCK), b"and as it was not")
refused("EBADF", os.write, 0, b"x")
refused("EINVAL", os.ftruncate, 0, 0)
refused("ESPIPE", os.lseek, 0, 0, os.SEEK_SET)
