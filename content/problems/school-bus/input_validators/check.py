import re
import sys

text = sys.stdin.read()
number = r"(0|[1-9]\d*)"
good = re.fullmatch(rf"({number} {number}\n)+", text)
if good:
    (seats, n), *stops = [map(int, line.split()) for line in text.splitlines()]
    good = 1 <= seats <= 100 and 1 <= n <= 500 and len(stops) == n
    on_bus = 0
    for off, waiting in stops:
        good = good and off <= on_bus and waiting <= 100
        on_bus = min(seats, on_bus - off + waiting)
sys.exit(42 if good else 43)
