"""Writes tests/hidden: run it in the package's folder."""

import os
import random
from collections import deque


def seconds(grid):
    rows, columns = len(grid), len(grid[0])
    start = next((r, c, 0) for r in range(rows) for c in range(columns) if grid[r][c] == "S")
    at, todo = {start: 0}, deque([start])
    while todo:
        place = r, c, phase = todo.popleft()
        if grid[r][c] == "E":
            return at[place]
        for down, right in [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]:
            a, b, then = r + down, c + right, (phase + 1) % 3
            if 0 <= a < rows and 0 <= b < columns and grid[a][b] not in ("#", str(then)) and (a, b, then) not in at:
                at[a, b, then] = at[place] + 1
                todo.append((a, b, then))
    return "never"


def write(name, grid):
    os.makedirs("tests/hidden", exist_ok=True)
    with open(f"tests/hidden/{name}.in", "w") as file:
        print(len(grid), len(grid[0]), file=file)
        print(*("".join(row) for row in grid), sep="\n", file=file)
    with open(f"tests/hidden/{name}.out", "w") as file:
        print(seconds(grid), file=file)
    print(name, seconds(grid))


def hall(rows, columns, tiles):
    grid = [[random.choice(tiles) for _ in range(columns)] for _ in range(rows)]
    grid[0][0], grid[-1][-1] = "S", "E"
    return grid


def snake(rows, columns, tile):
    """Walls with a gap at alternate ends, all else made by `tile`."""
    grid = [[tile(r, c) for c in range(columns)] for r in range(rows)]
    for r in range(1, rows, 2):
        gap = columns - 1 if r % 4 == 1 else 0
        for c in range(columns):
            if c != gap:
                grid[r][c] = "#"
    grid[0][0] = "S"
    grid[-1][columns - 1 if rows % 4 == 1 else 0] = "E"
    return grid


random.seed(10)
write("01-an-empty-hall", hall(50, 50, "."))
write("02-a-long-way", snake(49, 50, lambda r, c: "."))
write("03-a-long-way-in-the-beam", snake(49, 50, lambda r, c: "." if c % 3 == 0 else random.choice("012..")))
write("04-many-lasers", hall(50, 50, "..012012#"))
write("05-hardly-a-safe-tile", hall(50, 50, ".012012012012#"))
write("06-many-walls", hall(50, 49, "....0012##"))
write("07-a-corridor", hall(1, 50, ".....0"))
closed = hall(40, 40, "..012")
closed[-1][-2] = closed[-2][-1] = "#"
write("08-the-exit-is-walled-up", closed)
write("09-a-corridor-downwards", hall(50, 1, ".....2"))
