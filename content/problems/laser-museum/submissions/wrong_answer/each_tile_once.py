# Visits each tile once, at the earliest second, and waits only where and as long as that is safe.
import heapq

rows, columns = map(int, input().split())
hall = [input() for _ in range(rows)]
start = next((r, c) for r in range(rows) for c in range(columns) if hall[r][c] == "S")
todo = [(0, *start)]
visited = set()
answer = "never"
while todo:
    second, r, c = heapq.heappop(todo)
    if (r, c) in visited:
        continue
    visited.add((r, c))
    if hall[r][c] == "E":
        answer = second
        break
    for a, b in [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]:
        if 0 <= a < rows and 0 <= b < columns and hall[a][b] != "#":
            then = second + 1
            while hall[a][b] == str(then % 3) and hall[r][c] != str(then % 3):
                then += 1
            if hall[a][b] != str(then % 3):
                heapq.heappush(todo, (then, a, b))
print(answer)
