seats, n = map(int, input().split())
on_bus = 0
for stop in range(1, n + 1):
    off, waiting = map(int, input().split())
    # What happens at this stop?

print(0, 0)
