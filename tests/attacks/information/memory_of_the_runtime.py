# attack: find the server's secrets in the memory of the runtime
# expect: exited 0
# says: searched
import re

memory = open("/proc/self/mem", "rb", buffering=0)
needle = re.compile(b"none-of-a-" + b"guests-business|ATTACKED" + b"_SECRET")
for line in open("/proc/self/maps"):
    begin, end = (int(part, 16) for part in line.split()[0].split("-"))
    try:
        memory.seek(begin)
        text = memory.read(min(end - begin, 8 << 20))
    except (OSError, ValueError, OverflowError):
        continue
    # This program's own text has the parts, and never the whole.
    if needle.search(text):
        print("BROKEN", line)
print("searched")
