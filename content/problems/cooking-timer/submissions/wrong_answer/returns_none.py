# Gives None back where it should raise.
import re


def seconds(text):
    if not re.fullmatch(r"[0-9]+[hms]( [0-9]+[hms]){0,2}", text):
        return None
    order = [part[-1] for part in text.split(" ")]
    if order != sorted(set(order)):
        return None
    return sum(int(part[:-1]) * {"h": 3600, "m": 60, "s": 1}[part[-1]] for part in text.split(" "))
