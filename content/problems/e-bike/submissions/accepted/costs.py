n, k = map(int, input().split())
prices = list(map(int, input().split()))
costs = [0]
for price in prices + [0]:
    costs.append(price + min(costs[-k:]))
print(costs[-1])
