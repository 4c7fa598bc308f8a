from collections import defaultdict
from statistics import mean


def mean_heights(diary):
    heights = defaultdict(list)
    for plant, height in diary:
        heights[plant].append(height)
    return {plant: mean(all_of_it) for plant, all_of_it in heights.items()}
