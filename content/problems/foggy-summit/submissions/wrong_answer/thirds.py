# Leaves two thirds each time instead of half: too many questions.
def height(i):
    print("?", i, flush=True)
    return int(input())


low, high = 1, int(input())
while high - low > 2:
    third = (high - low) // 3
    if height(low + third) < height(high - third):
        low += third + 1
    else:
        high -= third
print("!", max(range(low, high + 1), key=height), flush=True)
