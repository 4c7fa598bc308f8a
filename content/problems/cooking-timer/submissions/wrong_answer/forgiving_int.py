# Checks the order, but trusts int(), which takes signs and underscores.
def seconds(text):
    units, worth = "hms", {"h": 3600, "m": 60, "s": 1}
    total = 0
    for part in text.split(" "):
        unit = part[-1:]
        if not unit or unit not in units:
            raise ValueError(part)
        units = units[units.index(unit) + 1 :]
        total += int(part[:-1]) * worth[unit]
    return total
