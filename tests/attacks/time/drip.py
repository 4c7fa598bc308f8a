# attack: look alive by a little output now and then
# expect: wallLimit
# says: ....
# limits: wallMs=2500
import time

while True:
    print(end=".", flush=True)
    time.sleep(0.02)
