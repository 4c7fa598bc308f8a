# attack: fill the disk with several files
# expect: diskLimit
# says: on
# limits: memoryBytes=268435456
print("on", flush=True)
for number in range(1000):
    with open(f"/tmp/full{number}", "wb") as file:
        file.write(bytes(1 << 20))
print("BROKEN")
