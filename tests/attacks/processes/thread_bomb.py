# attack: threads without number
# expect: processLimit
# says: on
# limits: processes=20
import threading, time

print("on", flush=True)
while True:
    try:
        threading.Thread(target=time.sleep, args=[600]).start()
    except RuntimeError:
        pass
