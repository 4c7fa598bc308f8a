# attack: count login sessions, whose numbers are the whole host's, so that the next program reads how far
# expect: exited 0
# says: done
import errno
import os

PATH = "/proc/self/loginuid"
if os.path.exists(PATH):
    # What it is cannot be read: an id of the host's is none in here. What counts is that it is settled.
    try:
        with open(PATH, "w") as file:
            file.write("1000")
        print("BROKEN: the login user id can be changed")
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EACCES):
            print(f"BROKEN: {error}")
print("done")
