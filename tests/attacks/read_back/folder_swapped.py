# attack: swap a folder for a link to another again and again while files are read back, from an orphan
# expect: exited 0
# says: left
# never says: root:x
# brings: anything
import os, time

os.makedirs("/box/a")
with open("/box/a/passwd", "w") as file:
    file.write("own")
os.symlink("/etc", "/box/b")
if os.fork() == 0:
    os.setsid()
    while True:
        os.rename("/box/a", "/box/c")
        os.rename("/box/b", "/box/a")
        os.rename("/box/a", "/box/b")
        os.rename("/box/c", "/box/a")
time.sleep(0.1)
print("left")
os._exit(0)
