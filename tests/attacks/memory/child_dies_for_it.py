# attack: let a child that is worth little meet the limit, and go on without it
# expect: memoryLimit
# limits: memoryBytes=67108864
import os, time

if os.fork() == 0:
    hoard = []
    while True:
        hoard.append(bytearray(1 << 20))
time.sleep(600)
