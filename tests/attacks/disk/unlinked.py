# attack: fill the disk with files that have no name any more
# expect: exited 1
# says: No space left on device
# limits: memoryBytes=268435456
import os

held = []
while True:
    held.append(open("/box/gone", "wb", buffering=0))
    os.unlink("/box/gone")
    held[-1].write(bytes(1 << 22))
