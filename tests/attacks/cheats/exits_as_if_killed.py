# attack: exit with the code of a program that was killed for its memory
# expect: exited 137
import os

os._exit(137)
