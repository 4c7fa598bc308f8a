# Looks at the first entry, which an empty diary does not have: an IndexError instead of a result.
def mean_heights(diary):
    sums, counts = {diary[0][0]: 0}, {diary[0][0]: 0}
    for plant, height in diary:
        sums[plant] = sums.get(plant, 0) + height
        counts[plant] = counts.get(plant, 0) + 1
    return {plant: sums[plant] / counts[plant] for plant in sums}
