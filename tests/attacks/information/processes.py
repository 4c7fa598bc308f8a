# attack: see, and end, processes of others
# expect: exited
# exit: 0
# never says: BROKEN
import os, signal

seen = {int(name) for name in os.listdir("/proc") if name.isdigit()}
strangers = seen - {1, os.getpid(), os.getppid()}
if strangers:
    print("BROKEN", strangers)
for pid in range(2, 40000):
    if pid != os.getpid():
        try:
            os.kill(pid, 0)
            print("BROKEN", pid)
        except ProcessLookupError:
            pass
