# attack: sleep for ever
# expect: wallLimit
# says: on
# limits: wallMs=700
import time

print("on", flush=True)
time.sleep(600)
