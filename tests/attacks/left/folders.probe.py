# attack: find files of the program before
# expect: exited 0
# says: nothing
import os

for folder in ["/box", "/tmp", "/dev/shm"]:
    for name in os.listdir(folder):
        if name.lstrip(".") in ["left", "link", "fifo"]:
            print("BROKEN", folder, name)
print("nothing")
