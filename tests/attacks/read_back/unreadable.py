# attack: have folders and files read back that cannot be entered, and the folder itself
# expect: exited 0
# says: left
# brings: fine
import os

open("/box/fine", "w").close()
os.makedirs("/box/closed/inner")
open("/box/closed/file", "w").close()
os.chmod("/box/closed", 0)
print("left")
