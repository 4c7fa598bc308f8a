# attack: read what the kernel shows of the whole machine
# expect: exited 0
# says: looked
from refused import refused

for name in ["kmsg", "keys", "key-users", "timer_list", "interrupts", "locks", "kallsyms", "config.gz"]:
    with open("/proc/" + name) as file:
        told = file.read(100)
        print("BROKEN" if told else "empty", name, told)
for name in ["/proc/kcore", "/proc/sysrq-trigger", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda"]:
    refused("ENOENT", open, name)
print("looked")
