n, k = map(int, input().split())
prices = list(map(int, input().split()))
# What does the cheapest way cost?
