# The first of a list that is empty if nobody has to walk.
seats, n = map(int, input().split())
on_bus = walk = 0
stops = []
for stop in range(1, n + 1):
    off, waiting = map(int, input().split())
    on_bus += waiting - off
    if on_bus > seats:
        walk += on_bus - seats
        on_bus = seats
        stops.append(stop)
print(walk, stops[0])
