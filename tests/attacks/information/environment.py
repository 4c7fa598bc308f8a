# attack: find the server's secrets in the environment, also that which the runtime was started with
# expect: exited 0
# says: PATH=
# never says: CODERUNNER
import os

for name, value in os.environ.items():
    print(f"{name}={value}")
print(open("/proc/self/environ").read())
