# attack: read or write what the kernel shows of the whole machine
# expect: exited
# exit: 0
# never says: BROKEN
import os

for name in ["/proc/kcore", "/proc/kmsg", "/proc/sysrq-trigger", "/proc/kallsyms.", "/dev/mem", "/dev/kmsg", "/dev/sda"]:
    for mode in [os.O_RDONLY, os.O_WRONLY]:
        try:
            descriptor = os.open(name, mode)
            if mode == os.O_WRONLY or os.read(descriptor, 1):
                print("BROKEN", name)
        except OSError:
            pass
