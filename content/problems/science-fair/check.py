"""Whether a plan uses as few rooms as the answer does, and no two talks in a room overlap."""

import os
import sys


def fault(talks, least, words):
    if len(words) != 1 + len(talks):
        return f"Expected {1 + len(talks)} numbers, the number of rooms and a room for each talk, and found {len(words)}."
    # More than six digits are no room, and need not be read as a number.
    if not all(word.isascii() and word.isdigit() and len(word) <= 6 for word in words):
        return "There is something in the output that is not the number of a room."
    m, *rooms = map(int, words)
    for number, room in enumerate(rooms, 1):
        if not 1 <= room <= m:
            return f"Talk {number} is in room {room}, but the rooms are numbered from 1 to {m}."
    last = {}
    for number in sorted(range(len(talks)), key=lambda number: talks[number]):
        (start, end), room = talks[number], rooms[number]
        until, other = last.get(room, (0, None))
        if start < until:
            return f"The talks {other + 1} and {number + 1} overlap, and both are in room {room}."
        last[room] = end, number
    if m > least:
        return f"No two talks are in each other's way, but fewer rooms than {m} are enough."
    if m < least:
        # A plan that is sound and better than the answer: the package is at fault.
        sys.exit(f"the answer says {least}, and this plan needs {m} rooms only")
    return None


def main():
    with open(sys.argv[1]) as file:
        numbers = list(map(int, file.read().split()))[1:]
    talks = list(zip(numbers[::2], numbers[1::2]))
    with open(sys.argv[2]) as file:
        least = int(file.readline())
    words = sys.stdin.buffer.read(1_000_000).decode("utf-8", "replace").split()
    found = fault(talks, least, words)
    if found:
        with open(os.path.join(sys.argv[3], "teammessage.txt"), "w", encoding="utf-8") as file:
            file.write(found + "\n")
    sys.exit(43 if found else 42)


main()
