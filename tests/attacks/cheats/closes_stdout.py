# attack: close what the result is read from, and end
# expect: exited 0
# says: on
import os

os.write(1, b"on\n")
os.closerange(0, 256)
os._exit(0)
