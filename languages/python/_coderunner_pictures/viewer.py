"""Connection to the viewer: escape sequences in the standard output of a program whose pictures are shown while it runs.

The sequences are iTerm2's. The variable CODERUNNER_PICTURES says that somebody takes them out of the output; without it nothing
is written.
"""

import os
from binascii import b2a_base64

START, END = "\x1b]1337;", "\x07"
DRAWING = "Custom=id=coderunner-draw:"
EVENT = "Custom=id=coderunner-event:"
# Writes of up to this many bytes to a pipe are not mixed with those of other threads and processes.
ATOMIC = 4096
# Larger ones are not taken for pictures.
LONGEST, LARGEST_IMAGE = 60_000, 3_000_000


class Viewer:
    """Writes to the standard output that the program had when it first drew."""

    def __init__(self):
        self.output = os.dup(1)

    def draw(self, commands):
        """Sends draw commands, given in JSON."""
        waiting, size = [], 0
        for command in commands:
            if len(command) > LONGEST:
                command = '["limit","drawBytes"]'
            if waiting and size + len(command) > ATOMIC - 64:
                self._send(f"{DRAWING}[{','.join(waiting)}]")
                waiting, size = [], 0
            waiting.append(command)
            size += len(command) + 1
        if waiting:
            self._send(f"{DRAWING}[{','.join(waiting)}]")

    def show(self, name, data):
        """Sends the bytes of an image file."""
        if len(data) > LARGEST_IMAGE:
            self.draw(['["limit","pictureBytes"]'])
            return
        self._send(f"File=name={_base64(name.encode())};size={len(data)};inline=1:{_base64(data)}")

    def _send(self, content):
        rest = memoryview(f"{START}{content}{END}".encode("ascii"))
        while rest:
            rest = rest[os.write(self.output, rest) :]


def _base64(data):
    return b2a_base64(data, newline=False).decode()


def connect():
    """A viewer, if there is one."""
    return Viewer() if os.environ.get("CODERUNNER_PICTURES") else None
