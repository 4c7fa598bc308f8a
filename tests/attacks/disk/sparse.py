# attack: a huge file with nothing in it
# expect: signalled SIGKILL or diskLimit
import mmap

with open("/box/sparse", "wb+") as file:
    file.truncate(1 << 40)
    memory = mmap.mmap(file.fileno(), 1 << 30)
    for page in range(0, 1 << 30, 4096):
        memory[page] = 1
    print("BROKEN")
