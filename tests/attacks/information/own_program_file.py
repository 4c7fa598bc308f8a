# attack: overwrite the program of the runtime that runs this
# expect: exited
# exit: 0
# never says: BROKEN
import os

for name in ["/proc/self/exe", "/proc/1/exe"]:
    for mode in [os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC]:
        try:
            os.open(name, mode)
            print("BROKEN", name)
        except OSError:
            pass
