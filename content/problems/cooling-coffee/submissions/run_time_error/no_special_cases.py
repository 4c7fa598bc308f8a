# The room's own temperature divides by zero, and beyond it there is no logarithm.
import math

t0, e, k, t = map(float, input().split())
minutes = math.log((t0 - e) / (t - e)) / k
print("never" if minutes < 0 else minutes)
