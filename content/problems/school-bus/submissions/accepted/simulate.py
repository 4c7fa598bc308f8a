seats, n = map(int, input().split())
on_bus = walk = first = 0
for stop in range(1, n + 1):
    off, waiting = map(int, input().split())
    on_bus -= off
    boarding = min(waiting, seats - on_bus)
    on_bus += boarding
    left = waiting - boarding
    walk += left
    if left > 0 and first == 0:
        first = stop
print(walk, first)
