# attack: outrun what kills it: each process starts its successor and exits
# expect: exited 0 or processLimit
# says: on
import os

print("on", flush=True)
if os.fork() == 0:
    os.setsid()
    while True:
        if os.fork() > 0:
            os._exit(0)
