# attack: be stopped by a child that then goes on holding stdout
# expect: wallLimit
# says: on
# limits: wallMs=2500
import os, signal, time

print("on", flush=True)
if os.fork() == 0:
    os.setsid()
    os.kill(os.getppid(), signal.SIGSTOP)
    time.sleep(600)
time.sleep(600)
