# attack: write without end
# expect: outputLimit
# says: on
# limits: outputBytes=10000
print("on")
while True:
    print("x" * 1000)
