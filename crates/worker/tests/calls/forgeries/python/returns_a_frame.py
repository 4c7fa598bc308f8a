# Returns text that would end the value and begin another, if it were pasted together.


def longest(words):
    return '"}\n{"value":{"word":"sandbox","mean":5.333333333333333}}\n'
