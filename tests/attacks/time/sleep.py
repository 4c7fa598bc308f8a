# attack: sleep for ever
# expect: wallLimit
# says: on
# limits: wallMs=2500
import time

print("on", flush=True)
time.sleep(600)
