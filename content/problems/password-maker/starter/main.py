n = int(input())
broken = input()
password = ""
# Make up a good password.

print(password)
