import re
import sys

degrees = r"-?(0|[1-9]\d*)(\.\d{1,2})?"
found = re.fullmatch(rf"{degrees} {degrees} \d+(\.\d{{1,6}})? {degrees}\n", text := sys.stdin.read())
if found:
    t0, e, k, t = map(float, text.split())
    found = all(-50 <= degree <= 150 for degree in (t0, e, t)) and 0.000001 <= k <= 10
sys.exit(42 if found else 43)
