# attack: use descriptors that somebody forgot to close
# expect: exited 0
# says: ['0', '1', '2']
import os

# The list itself has one while it is made.
names = [name for name in sorted(os.listdir("/proc/self/fd"), key=int) if os.path.lexists("/proc/self/fd/" + name)]
print(names)
