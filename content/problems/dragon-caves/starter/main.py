n = int(input())
cave = 1
print(cave, flush=True)
answer = input()
# answer is "higher", "lower" or "gold". How do you go on?
