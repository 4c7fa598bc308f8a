# attack: folders so deep that whoever removes them runs out of stack, or of path
# expect: diskLimit
# says: on
import os

print("on", flush=True)
for _ in range(3000):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
print("BROKEN")
