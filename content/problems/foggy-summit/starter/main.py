def height(i):
    print("?", i, flush=True)
    return int(input())


n = int(input())
summit = 1
# Find the summit with at most 42 calls of height.
print("!", summit, flush=True)
