line = input()
# Your code comes here.
