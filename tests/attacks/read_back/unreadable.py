# attack: have folders and files read back that nobody may enter
# expect: exited 0
# says: left
# brings: closed/file fine
import os

open("/box/fine", "w").close()
os.makedirs("/box/closed/inner")
open("/box/closed/file", "w").close()
os.chmod("/box/closed", 0)
print("left")
