# attack: learn the machine's name, and who uses it
# expect: exited 0
# says: sandbox sandbox
import os, socket
from refused import refused

print(socket.gethostname(), os.uname().nodename)
if open("/etc/hostname").read() != "sandbox\n":
    print("BROKEN")
for name in ["/etc/machine-id", "/etc/resolv.conf", "/etc/ssh", "/root/.ssh", "/root/.bashrc", "/var/log", "/boot"]:
    refused("ENOENT", os.stat, name)
