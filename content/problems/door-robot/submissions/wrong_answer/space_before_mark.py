# `print` puts a space between its arguments, also before the exclamation mark.
name = input()
print("Hello,", name, "! Come in.")
