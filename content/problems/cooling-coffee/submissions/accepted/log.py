import math

t0, e, k, t = map(float, input().split())
if t == t0:
    print(0)
elif e < t < t0 or t0 < t < e:
    print(math.log((t0 - e) / (t - e)) / k)
else:
    print("never")
