from string import ascii_lowercase, ascii_uppercase, digits

n = int(input())
broken = input()
pattern = ""
for kind in (ascii_lowercase, ascii_uppercase, digits):
    pattern += [character for character in kind if character not in broken][0]
print((pattern * n)[:n])
