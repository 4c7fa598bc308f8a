# Asks from the sea backwards and remembers the answers, but Python allows only 1000 calls within each other.
n, k = map(int, input().split())
prices = [0] + list(map(int, input().split())) + [0]
known = {0: 0}


def cost(place):
    if place not in known:
        known[place] = prices[place] + min(cost(before) for before in range(max(0, place - k), place))
    return known[place]


print(cost(n + 1))
