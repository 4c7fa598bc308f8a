# attack: find the server's secrets in the memory of the runtime
# expect: exited 0
# says: searched
memory = open("/proc/self/mem", "rb", buffering=0)
# Backwards, so that it is not itself what it finds.
needles = [b"ssenisub-stseug-a-fo-enon", b"TERCES_DEKCATTA"]
searched = 0
for line in open("/proc/self/maps"):
    begin, end = (int(part, 16) for part in line.split()[0].split("-"))
    try:
        memory.seek(begin)
        text = memory.read(min(end - begin, 8 << 20))[::-1]
    except (OSError, ValueError, OverflowError):
        continue
    searched += len(text)
    if any(needle in text for needle in needles):
        print("BROKEN", line)
print("searched" if searched > 1 << 20 else "could not", searched)
