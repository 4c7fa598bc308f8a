# attack: have names read back that break what shows them
# expect: exited 0
# says: left
# brings: <script>.txt fine
import os

for name in [b"new\nline", b"bad\xff", b"\x1b[2J", b"<script>.txt", b"fine", b"tab\tbed"]:
    open(b"/box/" + name, "w").close()
print("left")
