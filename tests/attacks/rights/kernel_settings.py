# attack: change how the kernel is set up
# expect: exited 0
# says: max_user_namespaces', 1): EROFS
import os
from refused import refused

for name in ["kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "vm/overcommit_memory", "fs/file-max",
             "net/ipv4/ip_forward", "kernel/ns_last_pid", "kernel/shmmax", "user/max_user_namespaces"]:
    refused("EROFS", os.open, "/proc/sys/" + name, os.O_WRONLY)
