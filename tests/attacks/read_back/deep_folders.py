# attack: have folders read back so deep that whoever walks them runs out of stack or descriptors
# expect: exited 0
# says: left
# brings: fine
import os

open("/box/fine", "w").close()
os.chdir("/box")
for _ in range(500):
    os.mkdir("d")
    os.chdir("d")
open("treasure", "w").close()
print("left")
