# attack: see, and end, processes of others
# expect: exited 0
# says: alone
import os

seen = {int(name) for name in os.listdir("/proc") if name.isdigit()}
strangers = seen - {1, os.getpid()}
for pid in range(2, 40000):
    try:
        os.kill(pid, 0)
        strangers.add(pid)
    except ProcessLookupError:
        pass
print(*strangers - {os.getpid()} or ["alone"])
