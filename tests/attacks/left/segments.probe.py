# attack: be ended at the limit of memory that the program before has reached
# expect: exited 0
# says: 62914560
# limits: memoryBytes=100000000
print(len(bytearray(b"x") * (60 << 20)))
