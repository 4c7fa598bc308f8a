# attack: write errors without end
# expect: outputLimit
# says: on
# limits: outputBytes=10000
import sys

print("on", flush=True)
while True:
    print("x" * 1000, file=sys.stderr)
