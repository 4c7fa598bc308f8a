import math

t0, e, k, t = map(float, input().split())
# After how many minutes? math.log is the natural logarithm.
