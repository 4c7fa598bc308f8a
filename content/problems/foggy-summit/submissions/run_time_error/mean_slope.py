# Divides by the number of stretches between the markers, of which there may be none.
def height(i):
    print("?", i, flush=True)
    return int(input())


n = int(input())
mean_slope = (height(n) - height(1)) / (n - 1)
low, high = 1, n
while low < high:
    middle = (low + high) // 2
    if height(middle) < height(middle + 1):
        low = middle + 1
    else:
        high = middle
print("!", low, flush=True)
