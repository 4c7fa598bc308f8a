# Good, unless one of aA1 is broken.
n = int(input())
print(("aA1" * n)[:n])
