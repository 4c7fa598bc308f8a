n = int(input())
total = 0
# Read the n prices and add them up.

print(total)
