import re
import sys

text = sys.stdin.read()
number = r"(0|[1-9]\d*)"
good = re.fullmatch(rf"{number}\n({number} {number}\n)+", text)
if good:
    n, *talks = text.splitlines()
    talks = [tuple(map(int, talk.split())) for talk in talks]
    good = int(n) == len(talks) <= 1000 and all(start < end <= 10_000 for start, end in talks)
sys.exit(42 if good else 43)
