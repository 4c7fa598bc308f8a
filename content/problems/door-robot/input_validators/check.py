import sys

lines = sys.stdin.buffer.read().decode().split("\n")
good = len(lines) == 2 and lines[1] == "" and 1 <= len(lines[0]) <= 40 and lines[0] == lines[0].strip()
good = good and all(c.isalpha() or c in " -'" for c in lines[0])
sys.exit(42 if good else 43)
