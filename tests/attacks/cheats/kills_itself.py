# attack: end as one that was killed for its memory
# expect: signalled SIGKILL
import os, signal

os.kill(os.getpid(), signal.SIGKILL)
