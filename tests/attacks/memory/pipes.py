# attack: memory of the kernel's, in full pipes
# expect: exited 0
# says: held
# limits: memoryBytes=67108864
import fcntl, os

held = 0
while True:
    try:
        _, end = os.pipe2(os.O_NONBLOCK)
    except OSError as error:
        print(error)
        break
    try:
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 1 << 20)
    except OSError:
        pass
    held += os.write(end, bytes(1 << 20))
print("BROKEN" if held > 64 << 20 else "held", held)
