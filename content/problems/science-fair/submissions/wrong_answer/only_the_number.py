# The right number of rooms, but the talks go into them in turn.
n = int(input())
talks = sorted(tuple(map(int, input().split())) for _ in range(n))
m = max(sum(start <= minute < end for start, end in talks) for minute, _ in talks)
print(m)
print(*[i % m + 1 for i in range(n)])
