"""Called as: validator.py INPUT ANSWER FEEDBACK_FOLDER/ < OUTPUT

It ends with 42 to accept and with 43 for a wrong answer; anything else says that it failed itself.
"""

import sys

ACCEPT, WRONG = 42, 43


def main():
    with open(sys.argv[1]) as file:
        wanted = int(file.read())
    words = sys.stdin.read().split()
    if len(words) != 2:
        return end(WRONG, f"expected two numbers, got {len(words)} words")
    if not all(word.isascii() and word.isdigit() and len(word) < 20 for word in words):
        return end(WRONG, "expected two positive whole numbers")
    a, b = map(int, words)
    if a < 1 or b < 1:
        return end(WRONG, "a number is not positive")
    if a + b != wanted:
        return end(WRONG, f"{a} + {b} is {a + b}, not {wanted}")
    return end(ACCEPT, "right")


def end(code, message):
    with open(sys.argv[3] + "/judgemessage.txt", "w") as file:
        file.write(message)
    return code


sys.exit(main())
