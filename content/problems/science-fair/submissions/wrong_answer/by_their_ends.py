# In the order of the ends, each in the first room that is free by then.
n = int(input())
talks = [tuple(map(int, input().split())) for _ in range(n)]
rooms = [0] * n
ends = []
for i in sorted(range(n), key=lambda i: talks[i][1]):
    start, end = talks[i]
    for room, until in enumerate(ends):
        if until <= start:
            break
    else:
        room = len(ends)
        ends.append(0)
    ends[room] = end
    rooms[i] = room + 1
print(len(ends))
print(*rooms)
