"""Writes tests/: run it in the package's folder."""

import os
import random


def cheapest(k, prices):
    costs = [0]
    for price in [*prices, 0]:
        costs.append(price + min(costs[-k:]))
    return costs[-1]


def write(name, k, prices):
    os.makedirs(os.path.dirname(f"tests/{name}"), exist_ok=True)
    with open(f"tests/{name}.in", "w") as file:
        print(len(prices), k, file=file)
        print(*prices, file=file)
    with open(f"tests/{name}.out", "w") as file:
        print(cheapest(k, prices), file=file)


def some(n, least, most):
    return [random.randint(least, most) for _ in range(n)]


random.seed(9)
write("short/1-one-village", 1, [13])
write("short/2-one-village-in-reach", 2, [13])
write("short/3-every-village", 1, some(12, 1, 100))
write("short/4-just-not-enough", 12, some(12, 1, 100))
write("short/5-just-enough", 13, some(12, 1, 100))
write("short/6-the-cheapest-is-a-trap", 3, [1, 9, 2, 9, 9, 1, 9, 2])
write("short/7-the-farthest-is-a-trap", 3, [2, 9, 80, 2, 9, 80, 2, 9, 80, 5])
write("short/8", 3, some(12, 1, 100))
write("short/9", 4, some(11, 1, 9))
write("long/1", 2, some(1000, 1, 1000))
write("long/2", 3, some(999, 400, 1000))
write("long/3", 10, some(1000, 1, 1000))
write("long/4", 100, [1000 - n % 97 for n in range(1000)])
write("long/5", 500, some(1000, 1, 1000))
write("dear/1", 1, some(1000, 900_000_000, 1_000_000_000))
write("dear/2", 2, some(1000, 1, 1_000_000_000))
write("dear/3", 7, some(1000, 800_000_000, 1_000_000_000))
