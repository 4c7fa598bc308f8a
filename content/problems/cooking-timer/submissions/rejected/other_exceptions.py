# An unknown unit is a KeyError here, and an empty part an IndexError.
def seconds(text):
    units, worth = "hms", {"h": 3600, "m": 60, "s": 1}
    total = 0
    for part in text.split(" "):
        value = worth[part[-1]]
        if part[-1] not in units or not all(digit in "0123456789" for digit in part[:-1]):
            raise ValueError(part)
        units = units[units.index(part[-1]) + 1 :]
        total += int(part[:-1]) * value
    return total
