def mean_heights(diary):
    sums, counts = {}, {}
    for plant, height in diary:
        sums[plant] = sums.get(plant, 0) + height
        counts[plant] = counts.get(plant, 0) + 1
    return {plant: sums[plant] / counts[plant] for plant in sums}
