# attack: fill the table of processes with dead children that nobody reaps
# expect: processLimit
# limits: processes=20
import os

while True:
    if os.fork() == 0:
        os._exit(0)
