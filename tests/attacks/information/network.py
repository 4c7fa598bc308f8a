# attack: with a loopback interface, talk to the server itself, whose port it is told, to a cloud's metadata, and to the world
# expect: exited 0
# says: ('192.0.2.1', 80): ENETUNREACH
import socket
from refused import refused

def connect(*address):
    with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as own:
        own.settimeout(1)
        own.connect(address)

port = int(input())
for address, reason in {"127.0.0.1": "ECONNREFUSED", "::1": "ECONNREFUSED", "169.254.169.254": "ENETUNREACH"}.items():
    refused(reason, connect, address, port)
refused("ENETUNREACH", connect, "192.0.2.1", 80)
