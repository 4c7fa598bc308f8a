WORTH = {"h": 3600, "m": 60, "s": 1}


def seconds(text):
    units = "hms"
    total = 0
    for part in text.split(" "):
        number, unit = part[:-1], part[-1:]
        if not unit or unit not in units:
            raise ValueError(f"{part!r} has no unit that may stand here")
        if not number or any(digit not in "0123456789" for digit in number):
            raise ValueError(f"{number!r} is no whole number")
        units = units[units.index(unit) + 1 :]
        total += int(number) * WORTH[unit]
    return total
