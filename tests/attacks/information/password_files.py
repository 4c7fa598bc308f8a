# attack: read who has an account on the host, and with which password
# expect: exited 0
# says: ['root', 'guest', 'nobody']
import os
from refused import refused

for name in ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/security"]:
    refused("ENOENT", os.stat, name)
print([line.split(":")[0] for line in open("/etc/passwd")])
