# attack: leave a process and an abstract socket to meet the next program with
# expect: exited 0
# says: left
import os, signal, socket, time

listener = socket.socket(socket.AF_UNIX)
listener.bind("\0left")
listener.listen()
if os.fork() == 0:
    os.setsid()
    for number in [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]:
        signal.signal(number, signal.SIG_IGN)
    time.sleep(600)
print("left")
