# attack: spend CPU time in one short-lived child after another
# expect: cpuLimit
# limits: cpuMs=300 wallMs=20000
import os, time

while True:
    if os.fork() == 0:
        while time.process_time() < 0.02:
            pass
        os._exit(0)
    os.wait()
