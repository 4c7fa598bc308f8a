# 1205 cents become 12.5.
n = int(input())
total = sum(int(input()) for _ in range(n))
print(f"{total // 100}.{total % 100}")
