# Forgets that numbers may be negative: a hidden test finds it out.
a, b = map(int, input().split())
print(abs(a) + abs(b))
