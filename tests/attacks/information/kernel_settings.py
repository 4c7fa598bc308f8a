# attack: change how the kernel is set up
# expect: exited
# exit: 0
# never says: BROKEN
import os

for name in ["kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "vm/overcommit_memory", "fs/file-max",
             "net/ipv4/ip_forward", "kernel/ns_last_pid", "kernel/shmmax", "user/max_user_namespaces"]:
    try:
        os.open("/proc/sys/" + name, os.O_WRONLY)
        print("BROKEN", name)
    except OSError:
        pass
