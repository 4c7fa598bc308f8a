# Takes for granted that everybody has a first and a last name.
words = input().split()
last = words[1]
print("Hello, " + " ".join(words) + "! Come in.")
