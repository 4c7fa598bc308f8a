"""The rescue team: tells n, then the heights asked for, and at last whether it was the summit."""

import os
import sys
import zlib

QUESTIONS = 42
TOP = 900_000_000


def end(code, message):
    with open(os.path.join(sys.argv[3], "teammessage.txt"), "w", encoding="utf-8") as file:
        file.write(message + "\n")
    # Without cleaning up, which would stumble over a program that has stopped listening.
    os._exit(code)


def say(number):
    try:
        print(number, flush=True)
    except BrokenPipeError:
        pass  # A program that has stopped listening is judged by what it has said.


def hear(n):
    line = sys.stdin.readline(100)
    if not line:
        end(43, "The program ended before it had named the summit.")
    sign, _, number = line.strip().partition(" ")
    if sign not in ("?", "!") or not (number.isascii() and number.isdigit()):
        end(43, f"Expected `? i` or `! s`, heard {line.strip()!r}.")
    if not 1 <= int(number) <= n:
        end(43, f"There is no marker {number}: they are numbered from 1 to {n}.")
    return sign, int(number)


class Mountain:
    """Rises by `up` to 2 * `up` from marker to marker, give or take; falls likewise. Bumps keep slopes from being guessed."""

    def __init__(self, summit, up, down, seed):
        self.summit, self.up, self.down, self.seed = summit, up, down, seed

    def bump(self, marker, most):
        return zlib.crc32(f"{self.seed} {marker}".encode()) % most

    def height(self, marker):
        if marker == self.summit:
            return TOP
        slope, away = (self.up, self.summit - marker) if marker < self.summit else (self.down, marker - self.summit)
        # Two markers beside each other are 2 * slope apart, and bumps bring them nearer by less than that.
        return TOP - 2 * slope * away - self.bump(marker, 2 * slope)


def main():
    # Whatever bytes a program writes, they are no reason to fail.
    sys.stdin.reconfigure(errors="replace")
    with open(sys.argv[1]) as file:
        n, summit, up, down, seed = map(int, file.read().split())
    mountain = Mountain(summit, up, down, seed)
    say(n)
    for asked in range(QUESTIONS + 1):
        sign, marker = hear(n)
        if sign == "!":
            if marker != summit:
                end(43, f"Marker {marker} is not the summit.")
            if sys.stdin.read(1000).strip():
                end(43, "The program went on after it had named the summit.")
            end(42, f"Found with {asked} questions.")
        if asked < QUESTIONS:
            say(mountain.height(marker))
    end(43, f"The battery is empty: that was question {QUESTIONS + 1}.")


main()
