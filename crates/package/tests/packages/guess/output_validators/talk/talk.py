import sys

secret = int(open(sys.argv[1]).read())
for _ in range(10):
    guess = int(input())
    print("correct" if guess == secret else "higher" if guess < secret else "lower", flush=True)
    if guess == secret:
        sys.exit(42)
sys.exit(43)
