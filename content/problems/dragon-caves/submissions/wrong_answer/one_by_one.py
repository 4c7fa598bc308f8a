# Ten looks do not take it far.
n = int(input())
for cave in range(1, n + 1):
    print(cave, flush=True)
    if input() == "gold":
        break
