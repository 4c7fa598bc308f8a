import re


def seconds(text):
    found = re.fullmatch(r"(?:([0-9]+)h)?(?: ?([0-9]+)m)?(?: ?([0-9]+)s)?", text)
    # The pattern alone would let a space through in front, and parts without one between them.
    if not found or len(text.split(" ")) != sum(part is not None for part in found.groups()) or text[:1] == " ":
        raise ValueError(f"{text!r} is no time")
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + rest
