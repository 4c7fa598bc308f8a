# attack: files without number and without content
# expect: diskLimit
# says: on
print("on", flush=True)
for number in range(100000):
    open(f"/box/{number}", "w").close()
print("BROKEN")
