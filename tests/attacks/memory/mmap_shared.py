# attack: more memory than allowed, shared with a child
# expect: memoryLimit
# limits: memoryBytes=67108864
import mmap, os

memory = mmap.mmap(-1, 1 << 28)
os.fork()
for page in range(0, 1 << 28, 4096):
    memory[page] = 1
