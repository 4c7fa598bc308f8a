# attack: memory in POSIX segments, which outlive their process
# expect: memoryLimit
# limits: memoryBytes=33554432
for number in range(1000):
    with open(f"/dev/shm/hoard{number}", "wb") as file:
        file.write(bytes(4 << 20))
