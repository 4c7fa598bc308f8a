# attack: be written where it says, from the root
# named: /etc/ld.so.preload
# expect: refused
# says: name
print("BROKEN")
