# attack: push everybody else off the CPU
# expect: exited
# exit: 0
# never says: BROKEN
import os

for name, take in {
    "nice": lambda: os.nice(-5),
    "real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
    "priority of init": lambda: os.setpriority(os.PRIO_PROCESS, 1, -10),
}.items():
    try:
        take()
        print("BROKEN", name)
    except OSError:
        pass
