# attack: change the input, so that whoever compares with it later is deceived
# expect: exited 0
# says: read: as it was given
# input: as it was given
import os

for name in ["/proc/self/fd/0", "/dev/stdin"]:
    try:
        os.write(os.open(name, os.O_WRONLY | os.O_NONBLOCK), b"\nand as it was not")
    except OSError as error:
        print(error)
for attempt in [lambda: os.write(0, b"x"), lambda: os.ftruncate(0, 0), lambda: os.lseek(0, 0, os.SEEK_SET)]:
    try:
        attempt()
        print("BROKEN")
    except OSError as error:
        print(error)
# The pipe is its own, so it may write there: nobody else reads it.
print("read:", os.read(0, 15).decode())
