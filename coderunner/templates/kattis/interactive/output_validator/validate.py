"""Called as: validate.py INPUT ANSWER FEEDBACK_FOLDER/. It prints what the program reads, and reads what that prints.

It ends with 42 to accept and with 43 for a wrong answer; anything else says that it failed itself.
"""

import sys

ACCEPT, WRONG = 42, 43
MOST_GUESSES = 7


def main():
    with open(sys.argv[1]) as file:
        secret = int(file.read())
    for _ in range(MOST_GUESSES):
        line = sys.stdin.readline().strip()
        if not line.isdigit() or not 1 <= int(line) <= 100:
            return end(WRONG, f"expected a number from 1 to 100, got {line[:50]!r}")
        guess = int(line)
        if guess == secret:
            say("correct")
            return end(ACCEPT, "found")
        say("higher" if secret > guess else "lower")
    return end(WRONG, f"not found with {MOST_GUESSES} guesses")


def say(text):
    try:
        print(text, flush=True)
    except BrokenPipeError:
        pass  # The program has ended; the next line that is read will be empty.


def end(code, message):
    with open(sys.argv[3] + "/judgemessage.txt", "w") as file:
        file.write(message)
    return code


code = main()
# Nobody may be there to read what is left.
sys.stdout = None
sys.exit(code)
