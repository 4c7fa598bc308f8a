# The dragon answers with words.
n = int(input())
low, high = 1, n
while low <= high:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = int(input())
    if answer > 0:
        low = middle + 1
    else:
        high = middle - 1
