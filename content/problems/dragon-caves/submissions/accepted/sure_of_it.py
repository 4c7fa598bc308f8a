# When one cave is left the gold must be there, so this one does not stay for the answer.
low, high = 1, int(input())
while low < high:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == "gold":
        break
    if answer == "higher":
        low = middle + 1
    else:
        high = middle - 1
else:
    print(low)
