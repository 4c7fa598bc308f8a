n = int(input())
total = 0
for _ in range(n):
    total += int(input())
print(f"{total // 100}.{total % 100:02}")
