# attack: write all that is allowed and one byte more, in one go
# expect: outputLimit
# limits: outputBytes=10000
import os, time

os.write(1, b"x" * 10001)
time.sleep(20)
