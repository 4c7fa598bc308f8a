import re
import sys

found = re.fullmatch(r"([1-9]\d*) ([1-9]\d*)\n", sys.stdin.read())
sys.exit(42 if found and int(found[2]) <= int(found[1]) <= 1000 else 43)
