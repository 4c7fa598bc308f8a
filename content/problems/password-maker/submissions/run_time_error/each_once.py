# Uses no character twice, and runs out of them.
from string import ascii_lowercase, ascii_uppercase, digits

n = int(input())
broken = input()
kinds = [[c for c in kind if c not in broken] for kind in (ascii_lowercase, ascii_uppercase, digits)]
password = [kind.pop(0) for kind in kinds]
rest = kinds[0] + kinds[1] + kinds[2]
for i in range(n - 3):
    password.append(rest[i])
print("".join(password))
