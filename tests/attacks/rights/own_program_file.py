# attack: overwrite the program that runs this, which is the host's, by what /proc calls it
# expect: exited 0
# says: open('/proc/1/exe', 0): ENOENT
import os
from refused import refused

refused("EROFS", os.open, "/proc/self/exe", os.O_WRONLY)
refused("EROFS", os.open, "/proc/self/exe", os.O_RDWR)
refused("EROFS", os.open, "/proc/self/exe", os.O_WRONLY | os.O_TRUNC)
refused("EROFS", os.chmod, "/proc/self/exe", 0o777)
refused("ENOENT", os.open, "/proc/1/exe", os.O_RDONLY)
