"""Whether the output is one good password, and if not, which rule it breaks."""

import os
import sys
from string import ascii_lowercase, ascii_uppercase, digits


def fault(output, n, broken):
    lines = output.split("\n")
    if lines and not lines[-1].strip():
        lines.pop()
    if len(lines) != 1:
        return f"The output should be one line, and it has {len(lines)}."
    password = lines[0].rstrip("\r")
    for character in password:
        if character not in ascii_lowercase + ascii_uppercase + digits:
            return f"{character!r} is no letter from a to z and no digit."
        if character in broken:
            return f"The key {character!r} is broken."
    if len(password) != n:
        return f"The password should have {n} characters, and it has {len(password)}."
    for kind, name in [(ascii_lowercase, "small letter"), (ascii_uppercase, "capital"), (digits, "digit")]:
        if not any(character in kind for character in password):
            return f"There is no {name} in it."
    for one, next_one in zip(password, password[1:]):
        if one == next_one:
            return f"There are two {one!r} in a row."
    return None


def main():
    with open(sys.argv[1]) as file:
        n, broken = file.read().split()
    output = sys.stdin.buffer.read(100_000).decode("utf-8", "replace")
    found = fault(output, int(n), "" if broken == "-" else broken)
    if found:
        with open(os.path.join(sys.argv[3], "teammessage.txt"), "w", encoding="utf-8") as file:
            file.write(found + "\n")
    sys.exit(43 if found else 42)


main()
