def seconds(text):
    total = 0
    for part in text.split(" "):
        number, unit = part[:-1], part[-1:]
        # Is this a good part? If not: raise ValueError("...")
    return total
