name = input()
print("Hello, " + name + "! Come in.")
