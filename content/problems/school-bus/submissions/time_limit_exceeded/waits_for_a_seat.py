# Goes on to the next stop only when all have got on, which they never do.
seats, n = map(int, input().split())
on_bus = 0
for stop in range(1, n + 1):
    off, waiting = map(int, input().split())
    on_bus -= off
    while waiting > 0:
        if on_bus < seats:
            on_bus += 1
            waiting -= 1
print(0, 0)
