"""Reads an input and ends with 42 if it is as the statement says."""

import re
import sys

text = sys.stdin.read()
assert re.fullmatch(r"(0|-?[1-9]\d*) (0|-?[1-9]\d*)\n", text), "two numbers in one line, nothing else"
assert all(abs(int(word)) <= 10**9 for word in text.split()), "a number is too large"
sys.exit(42)
