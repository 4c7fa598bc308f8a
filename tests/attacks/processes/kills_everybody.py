# attack: kill init, with every signal there is
# expect: exited 0
# says: still here
import os

for number in range(1, 65):
    try:
        os.kill(1, number)
    except OSError as error:
        print(number, error)
print("still here")
