# attack: climb out of the root folder by way of another
# expect: exited or forbiddenCall
# never says: BROKEN
import os

os.mkdir("/tmp/root")
try:
    os.chroot("/tmp/root")
    print("BROKEN")
except OSError:
    pass
os.chdir("/" + "../" * 100)
if os.path.exists("etc/shadow"):
    print("BROKEN")
