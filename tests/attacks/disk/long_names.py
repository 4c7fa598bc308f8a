# attack: names as long as they may be, with every byte that is no letter
# expect: diskLimit
# says: on
odd = bytes(set(range(1, 256)) - {ord("/")})
print("on", flush=True)
for number in range(5000):
    open(b"/box/" + (str(number).encode() + odd)[:255], "wb").close()
print("BROKEN")
