# attack: twice as many processes, again and again, and no despair when one is refused
# expect: processLimit
# says: on
# limits: processes=20
import os

print("on", flush=True)
while True:
    try:
        os.fork()
    except OSError:
        pass
