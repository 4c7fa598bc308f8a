def mean_heights(diary):
    sums = {}
    for plant, height in diary:
        pass  # What should happen with each entry?
    return sums
