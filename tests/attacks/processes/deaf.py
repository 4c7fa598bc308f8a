# attack: ignore every signal that can be ignored
# expect: wallLimit
# says: on
# limits: wallMs=2500
import os, signal, time

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
print("on", flush=True)
if os.fork() == 0:
    os.setsid()
time.sleep(600)
