# attack: memory in files of several folders, each below the limit on files
# expect: memoryLimit
# says: on
# limits: memoryBytes=67108864
print("on", flush=True)
for name in ["/tmp/a", "/dev/shm/b", "/box/c"]:
    with open(name, "wb", buffering=0) as file:
        for _ in range(40):
            file.write(bytes(1 << 20))
print("BROKEN")
