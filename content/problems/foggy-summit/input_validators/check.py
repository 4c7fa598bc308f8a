import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9]\d*( [1-9]\d*){4}\n", text)
if good:
    n, summit, up, down, seed = map(int, text.split())
    # The lowest marker is not lower than -1,000,000,000.
    good = summit <= n <= 1_000_000 and 2 * max(up * summit, down * (n - summit + 1)) <= 1_900_000_000
sys.exit(42 if good else 43)
