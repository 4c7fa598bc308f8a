# attack: be written outside of the folder by its name
# named: ../../x.py
# expect: refused
# says: name
print("BROKEN")
