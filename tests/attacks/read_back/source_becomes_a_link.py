# attack: put a link in the place of the source, which the server knows by name
# expect: exited 0
# says: left
# brings: fine
import os

os.unlink("/box/main.py")
os.symlink("/etc/passwd", "/box/main.py")
open("/box/fine", "w").close()
print("left")
