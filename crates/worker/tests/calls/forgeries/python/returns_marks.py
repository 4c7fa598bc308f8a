# Returns a dict whose keys look like those that mark other kinds of values.


def longest(words):
    return {"$dict": [["word", max(words, key=len)], ["mean", sum(map(len, words)) / len(words)]]}
