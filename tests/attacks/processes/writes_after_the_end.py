# attack: let an orphan go on writing into the result after the program's end
# expect: exited 0
# says: on
# never says: late
import os, time

print("on", flush=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(1)
    while True:
        os.write(1, b"late\n")
