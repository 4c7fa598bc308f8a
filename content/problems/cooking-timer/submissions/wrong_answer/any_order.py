# Refuses nothing but what int() and the dictionary refuse, and turns these into a ValueError.
def seconds(text):
    worth = {"h": 3600, "m": 60, "s": 1}
    total = 0
    for part in text.split():
        try:
            total += int(part[:-1]) * worth[part[-1]]
        except KeyError:
            raise ValueError("unknown unit") from None
    return total
