# attack: write what init reports to every descriptor that could be init's
# expect: exited 3
import os, sys

for descriptor in range(3, 64):
    for report in [b"G", b"G" + bytes(63), bytes(64)]:
        try:
            os.write(descriptor, report)
        except OSError:
            pass
sys.exit(3)
