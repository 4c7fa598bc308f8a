"""The dragon: tells n, answers each look, and gives the gold only to those who find it in ten."""

import os
import sys

LOOKS = 10


def end(code, message):
    with open(os.path.join(sys.argv[3], "teammessage.txt"), "w", encoding="utf-8") as file:
        file.write(message + "\n")
    # Without cleaning up, which would stumble over a program that has stopped listening.
    os._exit(code)


def say(word):
    try:
        print(word, flush=True)
    except BrokenPipeError:
        pass  # A program that has stopped listening is judged by what it has said.


def look(n):
    line = sys.stdin.readline(100)
    if not line:
        end(43, "The program ended before it had found the gold.")
    try:
        cave = int(line)
    except ValueError:
        end(43, f"The dragon expected the number of a cave and heard {line.strip()!r}.")
    if not 1 <= cave <= n:
        end(43, f"There is no cave {cave}: they are numbered from 1 to {n}.")
    return cave


def main():
    # Whatever bytes a program writes, they are no reason to fail.
    sys.stdin.reconfigure(errors="replace")
    with open(sys.argv[1]) as file:
        n, gold = map(int, file.read().split())
    say(n)
    for number in range(1, LOOKS + 1):
        cave = look(n)
        if cave == gold:
            say("gold")
            if sys.stdin.read(1000).strip():
                end(43, "The program went on after it had found the gold.")
            end(42, f"Found with look number {number}.")
        if number < LOOKS:
            say("higher" if cave < gold else "lower")
    end(43, f"All {LOOKS} looks are used up, and the gold is not found.")


main()
