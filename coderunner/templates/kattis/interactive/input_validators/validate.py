"""Reads an input and ends with 42 if it is as the statement says."""

import re
import sys

text = sys.stdin.read()
assert re.fullmatch(r"[1-9]\d*\n", text), "one number in one line, nothing else"
assert 1 <= int(text) <= 100, "the number is out of bounds"
sys.exit(42)
