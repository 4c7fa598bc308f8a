# attack: read or write what the kernel shows of the whole machine
# expect: exited 0
# says: looked
import os

for name in ["/proc/kcore", "/proc/kmsg", "/proc/sysrq-trigger", "/proc/keys", "/proc/key-users", "/proc/timer_list",
             "/proc/interrupts", "/proc/locks", "/proc/kallsyms", "/proc/config.gz", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda"]:
    for mode in [os.O_RDONLY, os.O_WRONLY]:
        try:
            descriptor = os.open(name, mode)
            told = os.read(descriptor, 100) if mode == os.O_RDONLY else b"it can be written"
            print("BROKEN" if told else "empty", name, told)
        except OSError as error:
            print(error)
print("looked")
