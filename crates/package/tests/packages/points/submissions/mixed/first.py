print(min(9, max(map(int, input().split()))))
