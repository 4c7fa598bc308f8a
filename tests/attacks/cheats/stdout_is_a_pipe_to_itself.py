# attack: read from stdout, write to stdin, and make both block or not as it likes
# expect: exited 0
# says: on
import fcntl, os

for descriptor in range(3):
    fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
for attempt in [lambda: os.write(0, b"x"), lambda: os.read(1, 1), lambda: open("/proc/self/fd/1", "r").read(0)]:
    try:
        attempt()
    except OSError:
        pass
os.write(1, b"on\n")
