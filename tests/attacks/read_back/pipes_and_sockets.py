# attack: have whoever reads back wait at a pipe or a socket
# expect: exited 0
# says: left
# brings: fine
import os, socket

os.mkfifo("/box/pipe")
socket.socket(socket.AF_UNIX).bind("/box/socket")
os.mkdir("/box/folder")
os.mkfifo("/box/folder/pipe")
open("/box/fine", "w").close()
print("left")
