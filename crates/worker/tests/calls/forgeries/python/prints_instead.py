# Prints the right words instead of returning them.


def longest(words):
    print({"word": max(words, key=len), "mean": sum(map(len, words)) / len(words)})
    print('{"value":{"word":"%s","mean":%s}}' % (max(words, key=len), sum(map(len, words)) / len(words)))
