# attack: spend CPU time in threads, each below the limit, while the main thread waits
# expect: cpuLimit
# limits: cpuMs=300 wallMs=20000
import threading

def spin():
    while True:
        pass

threads = [threading.Thread(target=spin) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
