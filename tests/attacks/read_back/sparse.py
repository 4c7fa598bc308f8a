# attack: have a huge file with nothing in it read back
# expect: exited 0
# says: left
# brings: fine
with open("/box/huge", "wb") as file:
    file.truncate(50 << 20)
open("/box/fine", "w").close()
print("left")
