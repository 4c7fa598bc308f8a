# The second stop has the index 1.
seats, n = map(int, input().split())
on_bus = walk = 0
first = None
for stop in range(n):
    off, waiting = map(int, input().split())
    on_bus += waiting - off
    if on_bus > seats:
        walk += on_bus - seats
        on_bus = seats
        if first is None:
            first = stop
print(walk, first or 0)
