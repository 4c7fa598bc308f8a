# attack: be a file that tools read unasked
# named: .bashrc
# expect: refused
# says: name
print("BROKEN")
