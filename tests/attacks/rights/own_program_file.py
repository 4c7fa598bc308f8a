# attack: overwrite the program that runs this, which is the host's, by what /proc calls it
# expect: exited 0
# says: /proc/1/exe
import os
from refused import refused

for mode in [os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC]:
    refused("EROFS", os.open, "/proc/self/exe", mode)
    refused("EACCES", os.open, "/proc/1/exe", mode)
