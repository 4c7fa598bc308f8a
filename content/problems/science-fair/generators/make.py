"""Writes tests/hidden: run it in the package's folder."""

import os
import random


def plan(talks):
    ends, rooms = [], [0] * len(talks)
    for number in sorted(range(len(talks)), key=lambda number: talks[number]):
        start, end = talks[number]
        free = [room for room, until in enumerate(ends) if until <= start]
        if not free:
            free = [len(ends)]
            ends.append(0)
        ends[free[0]], rooms[number] = end, free[0] + 1
    return rooms


def write(name, talks):
    random.shuffle(talks)
    os.makedirs("tests/hidden", exist_ok=True)
    with open(f"tests/hidden/{name}.in", "w") as file:
        print(len(talks), file=file)
        for start, end in talks:
            print(start, end, file=file)
    rooms = plan(talks)
    with open(f"tests/hidden/{name}.out", "w") as file:
        print(max(rooms), file=file)
        print(*rooms, file=file)


def some(n, day, longest):
    starts = [random.randrange(day - longest) for _ in range(n)]
    return [(start, start + random.randint(1, longest)) for start in starts]


random.seed(11)
write("01-one-talk", [(5, 6)])
write("02-all-at-once", [(0, 10)] * 7)
write("03-without-a-break", [(10 * n, 10 * n + 10) for n in range(12)])
write("04-one-in-the-other", [(n, 40 - n) for n in range(9)])
write("05-the-order-of-ends-is-a-trap", [(0, 2), (3, 5), (1, 6), (4, 9), (6, 8), (7, 11), (2, 3), (5, 7), (8, 10)])
write("06-stairs", [(3 * n, 3 * n + 10) for n in range(30)])
write("07-a-small-fair", some(12, 60, 25))
write("08-short-talks", some(120, 600, 15))
write("09-many-rooms", some(400, 2000, 1500))
write("10-a-large-fair", some(1000, 10_000, 90))
write("11-all-sorts", some(900, 9_000, 30) + some(100, 10_000, 5_000))
write("12-pairs", [(5 * n, 5 * n + 5) for n in range(40)] * 2)
