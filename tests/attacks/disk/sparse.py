# attack: a file with nothing in it, filled by way of memory
# expect: diskLimit
# says: on
# limits: memoryBytes=268435456
import mmap

with open("/box/sparse", "wb+") as sparse, open("/box/fill", "wb", buffering=0) as fill:
    sparse.truncate(50 << 20)
    memory = mmap.mmap(sparse.fileno(), 50 << 20)
    # Elsewhere, so that there are more pages of the file than the disk has room for.
    fill.write(bytes(10 << 20))
    print("on", flush=True)
    for page in range(0, 50 << 20, 4096):
        memory[page] = 1
print("BROKEN")
