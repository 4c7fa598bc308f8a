# attack: have links read back, to files of the host's and round in circles
# expect: exited 0
# says: left
# brings: fine
import os

for name, target in {"passwd": "/etc/passwd", "etc": "/etc", "memory": "/proc/self/mem", "init": "/proc/1/environ",
                     "circle": "circle", "up": "../../../etc/hostname", "same": "fine", "output": "/proc/self/fd/1"}.items():
    os.symlink(target, "/box/" + name)
with open("/box/fine", "w") as file:
    file.write("fine")
print("left")
