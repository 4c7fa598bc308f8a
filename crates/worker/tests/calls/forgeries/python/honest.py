# Knows the answer.


def longest(words):
    return {"word": max(words, key=len), "mean": sum(map(len, words)) / len(words)}
