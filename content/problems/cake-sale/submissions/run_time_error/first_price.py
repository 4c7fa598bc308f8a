# Reads a first price even if no cake was sold.
n = int(input())
total = int(input())
for _ in range(n - 1):
    total += int(input())
print(f"{total // 100}.{total % 100:02}")
