# attack: change how the kernel is set up
# expect: exited 0
# says: ns_last_pid', 1): EROFS
import os
from refused import refused

for name in ["kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory", "fs/file-max", "net/ipv4/ip_forward",
             "kernel/shmmax", "user/max_user_namespaces"]:
    refused("EACCES", os.open, "/proc/sys/" + name, os.O_WRONLY)
# Its mode lets everybody write.
refused("EROFS", os.open, "/proc/sys/kernel/ns_last_pid", os.O_WRONLY)
