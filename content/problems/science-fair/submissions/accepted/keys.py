import heapq

n = int(input())
talks = [tuple(map(int, input().split())) for _ in range(n)]
rooms = [0] * n
busy = []
for i in sorted(range(n), key=lambda i: talks[i]):
    start, end = talks[i]
    if busy and busy[0][0] <= start:
        room = busy[0][1]
        heapq.heapreplace(busy, (end, room))
    else:
        room = len(busy) + 1
        heapq.heappush(busy, (end, room))
    rooms[i] = room
print(max(rooms))
print(*rooms)
