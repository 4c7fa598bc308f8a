# attack: push everybody else off the CPU
# expect: exited 0
# says: setpriority
import os
from refused import refused

refused("EPERM", os.nice, -5)
refused("EPERM", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50))
refused("EPERM", os.setpriority, os.PRIO_PROCESS, 1, -10)
