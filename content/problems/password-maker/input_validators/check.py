import re
import sys
from string import ascii_lowercase, ascii_uppercase, digits

found = re.fullmatch(r"([1-9]\d*)\n(-|[a-zA-Z0-9]+)\n", sys.stdin.read())
good = found and 4 <= int(found[1]) <= 100 and len(set(found[2])) == len(found[2])
good = good and all(set(kind) - set(found[2]) for kind in (ascii_lowercase, ascii_uppercase, digits))
sys.exit(42 if good else 43)
