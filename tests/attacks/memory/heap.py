# attack: more and more memory
# expect: memoryLimit
# says: on
# limits: memoryBytes=67108864
print("on", flush=True)
hoard = []
while True:
    hoard.append(bytearray(1 << 20))
