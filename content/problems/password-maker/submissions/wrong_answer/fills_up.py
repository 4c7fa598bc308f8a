# One of each kind, and then the same small letter again and again.
from string import ascii_lowercase, ascii_uppercase, digits

n = int(input())
broken = input()
small, capital, digit = (
    [character for character in kind if character not in broken][0]
    for kind in (ascii_lowercase, ascii_uppercase, digits)
)
print(capital + digit + small * (n - 2))
