# attack: learn the machine's name, its host's and its users'
# expect: exited 0
# says: sandbox
import os, socket

print(socket.gethostname(), os.uname().nodename)
for name in ["/etc/hostname", "/etc/machine-id", "/etc/resolv.conf", "/etc/ssh", "/root", "/home", "/var/log", "/boot"]:
    if os.path.isdir(name) and os.listdir(name) or os.path.isfile(name):
        print("BROKEN", name)
