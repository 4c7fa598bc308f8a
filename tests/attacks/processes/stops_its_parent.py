# attack: stop init, which watches over the sandbox
# expect: exited 0
# says: still watched
import os, signal

for number in [signal.SIGSTOP, signal.SIGTSTP, signal.SIGKILL]:
    for process in [1, os.getppid()]:
        try:
            os.kill(process, number)
        except OSError as error:
            print(error)
print("still watched")
