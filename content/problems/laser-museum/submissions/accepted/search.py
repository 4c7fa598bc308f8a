from collections import deque

rows, columns = map(int, input().split())
hall = [input() for _ in range(rows)]
start = next((r, c) for r in range(rows) for c in range(columns) if hall[r][c] == "S")
todo = deque([(*start, 0)])
visited = {(*start, 0)}
answer = "never"
while todo:
    r, c, second = todo.popleft()
    if hall[r][c] == "E":
        answer = second
        break
    phase = (second + 1) % 3
    for a, b in [(r, c), (r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]:
        if not (0 <= a < rows and 0 <= b < columns) or hall[a][b] in ("#", str(phase)):
            continue
        if (a, b, phase) not in visited:
            visited.add((a, b, phase))
            todo.append((a, b, second + 1))
print(answer)
