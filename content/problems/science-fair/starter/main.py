n = int(input())
talks = [tuple(map(int, input().split())) for _ in range(n)]
rooms = [0] * n
# Give each talk a room.

print(max(rooms))
print(*rooms)
