# attack: stop, so that whoever waits for an end waits for ever
# expect: wallLimit
# says: on
# limits: wallMs=2500
import os, signal

print("on", flush=True)
os.kill(0, signal.SIGSTOP)
