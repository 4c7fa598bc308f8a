# Returns few values that are written as very many.


def longest(words):
    value = ["sandbox"]
    for _ in range(50):
        value = [value, value]
    return value
