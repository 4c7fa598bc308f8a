n = int(input())
# Your code comes here.
