# Rides until the battery is empty.
n, k = map(int, input().split())
prices = list(map(int, input().split()))
place, cost = 0, 0
while place + k <= n:
    place += k
    cost += prices[place - 1]
print(cost)
