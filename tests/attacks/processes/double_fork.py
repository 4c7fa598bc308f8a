# attack: leave a grandchild behind that belongs to nobody
# expect: exited 0
# says: gone
import os, time

if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    os._exit(0)
os.wait()
print("gone")
