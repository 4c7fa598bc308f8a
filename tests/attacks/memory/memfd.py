# attack: memory in files without a name
# expect: memoryLimit
# limits: memoryBytes=67108864
import os

while True:
    os.write(os.memfd_create("hoard"), bytes(1 << 22))
