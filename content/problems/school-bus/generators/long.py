"""Writes tests/long: run it in the package's folder."""

import random

import os

os.makedirs("tests/long", exist_ok=True)


def walkers(seats, stops):
    on_bus = walk = first = 0
    for stop, (off, waiting) in enumerate(stops, 1):
        boarding = min(waiting, seats - (on_bus - off))
        on_bus += boarding - off
        walk += waiting - boarding
        if waiting > boarding and not first:
            first = stop
    return walk, first


def route(seats, n, most_waiting):
    on_bus, stops = 0, []
    for _ in range(n):
        off, waiting = random.randint(0, on_bus), random.randint(0, most_waiting)
        on_bus = min(seats, on_bus - off + waiting)
        stops.append((off, waiting))
    return stops


random.seed(6)
for name, seats, n, most_waiting in [("1", 30, 100, 18), ("2", 100, 500, 100), ("3", 7, 500, 3), ("4", 100, 500, 45)]:
    stops = route(seats, n, most_waiting)
    with open(f"tests/long/{name}.in", "w") as file:
        print(seats, n, file=file)
        for off, waiting in stops:
            print(off, waiting, file=file)
    with open(f"tests/long/{name}.out", "w") as file:
        print(*walkers(seats, stops), file=file)
