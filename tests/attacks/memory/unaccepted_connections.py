# attack: have the kernel hold what is sent on connections that are never accepted, which counts as nobody's memory
# expect: exited 0
# says: done
import socket

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(4096)
held = []
for _ in range(60):
    client = socket.socket()
    client.settimeout(0.2)
    try:
        client.connect(listener.getsockname())
    except OSError:
        break
    held.append(client)
# The kernel lets one more in than it is told.
if len(held) > 40:
    print(f"BROKEN: {len(held)} connections wait to be accepted")
print("done")
