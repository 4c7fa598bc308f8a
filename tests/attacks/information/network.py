# attack: talk to the server itself, whose port it is told, and to the world
# expect: exited
# exit: 0
# never says: BROKEN
import socket

port = int(input())
for family, address in [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET, "192.0.2.1")]:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as own:
            own.settimeout(1)
            own.connect((address, port))
            print("BROKEN", address)
    except OSError as error:
        print(error)
