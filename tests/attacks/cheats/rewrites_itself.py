# attack: change the own source while it runs
# expect: exited 0
# says: as submitted
import glob, os

for name in glob.glob("/box/*"):
    try:
        os.unlink(name)
    except OSError:
        pass
    with open(name, "w") as file:
        file.write("print('another')")
print("as submitted")
