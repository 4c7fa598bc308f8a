# attack: read who has an account on the host, and with which password
# expect: exited 0
# says: looked
import os

for name in ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/hostname", "/etc/machine-id", "/root", "/home"]:
    try:
        with open(name) as file:
            print("BROKEN", name, file.read())
    except OSError:
        pass
    if os.path.isdir(name) and os.listdir(name):
        print("BROKEN", name, os.listdir(name))
if os.path.exists("/etc/passwd"):
    lines = open("/etc/passwd").read().splitlines()
    print("BROKEN" if len(lines) > 3 else "", lines)
print("looked")
