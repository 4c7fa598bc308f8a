# Returns something that gives another value to whoever asks, for ever.


def longest(words):
    while True:
        yield {"word": "sandbox", "mean": 5.0}
