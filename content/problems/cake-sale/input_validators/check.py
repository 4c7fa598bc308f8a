import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"(0|[1-9]\d*)\n([1-9]\d*\n)*", text)
if good:
    n, *prices = map(int, text.split())
    good = n <= 1000 and len(prices) == n and all(price <= 100_000 for price in prices)
sys.exit(42 if good else 43)
