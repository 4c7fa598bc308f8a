# `$` also matches before a line's end, and every part may be missing, so "" is 0 seconds.
import re


def seconds(text):
    found = re.match(r"(?:([0-9]+)h ?)?(?:([0-9]+)m ?)?(?:([0-9]+)s)?$", text)
    if not found:
        raise ValueError(text)
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + rest
