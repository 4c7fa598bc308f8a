# attack: leave a core dump, wherever cores go
# expect: exited 0
# says: no core
import os
import resource

try:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("BROKEN: the limit can be changed, with which the host's handler of dumps is started")
except ValueError:
    pass
if os.fork() == 0:
    os.abort()
_, status = os.wait()
print("BROKEN" if os.WCOREDUMP(status) else "no core")
