import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9]\d* [1-9]\d*\n[1-9]\d*( [1-9]\d*)*\n", text)
if good:
    (n, k), prices = (list(map(int, line.split())) for line in text.splitlines())
    good = n <= 1000 and k <= 1000 and len(prices) == n and max(prices) <= 10**9
sys.exit(42 if good else 43)
