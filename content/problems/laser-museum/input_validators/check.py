import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9]\d* [1-9]\d*\n([.012#SE]+\n)+", text)
if good:
    size, *hall = text.splitlines()
    rows, columns = map(int, size.split())
    good = rows <= 50 and len(hall) == rows and all(len(row) == columns <= 50 for row in hall)
    good = good and text.count("S") == text.count("E") == 1
sys.exit(42 if good else 43)
