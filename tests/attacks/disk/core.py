# attack: leave a core dump, wherever cores go
# expect: exited 0
# says: no core
import os, resource

hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
if os.fork() == 0:
    os.abort()
_, status = os.wait()
print("BROKEN" if os.WCOREDUMP(status) else "no core")
