# With two markers left the middle is the lower one, and `low = middle` changes nothing. As it remembers the heights, it does not even
# run out of questions.
from functools import cache


@cache
def height(i):
    print("?", i, flush=True)
    return int(input())


low, high = 1, int(input())
while low < high:
    middle = (low + high) // 2
    if height(middle) < height(middle + 1):
        low = middle
    else:
        high = middle
print("!", low, flush=True)
