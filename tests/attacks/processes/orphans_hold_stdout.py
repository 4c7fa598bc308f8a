# attack: exit while orphans in sessions of their own hold stdout open
# expect: exited 0
# says: on
import os, time

for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
print("on")
