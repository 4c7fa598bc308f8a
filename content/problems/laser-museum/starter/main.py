from collections import deque

rows, columns = map(int, input().split())
hall = [input() for _ in range(rows)]
# When can she be at the exit?
