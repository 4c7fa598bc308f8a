# attack: kill all there is, and init by name, with every signal
# expect: exited 0
# says: still here
import os

for number in range(1, 65):
    for process in [-1, 1]:
        # To itself it goes, too, which ends it unless it is killed by init: a child tries.
        if os.fork() == 0:
            try:
                os.kill(process, number)
            except OSError:
                pass
            os._exit(0)
        os.wait()
print("still here")
