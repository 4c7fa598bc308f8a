"""Keys and clicks that the viewer sends, in escape sequences of the program's standard input."""

import json
import os
import re
import select

from .viewer import END, EVENT, START

SEQUENCE = re.compile(re.escape(f"{START}{EVENT}".encode()) + rb"([^\x07]*)" + re.escape(END.encode()))
# Bytes that may wait for the end of a sequence.
LONGEST = 4096
# How far beside an item a click still hits it.
NEAR = 3


class Event:
    """An event, for a handler: only its place."""

    def __init__(self, x=0, y=0):
        self.x, self.y = x, y


class Input:
    """The events of one screen, for the handlers of each item (None: the canvas) and event."""

    def __init__(self, screen, handlers):
        self.screen, self.handlers = screen, handlers
        self.received, self.is_open = b"", True
        self.grabbed = None

    def receive(self, seconds):
        """Waits this long for events (None: for ever) and runs their handlers."""
        if not select.select([0], [], [], seconds)[0]:
            return
        read = os.read(0, 65536)
        self.is_open = bool(read)
        self.received += read
        *_, end = [0, *(found.end() for found in SEQUENCE.finditer(self.received))]
        complete, self.received = self.received[:end], self.received[end:][-LONGEST:]
        for found in SEQUENCE.finditer(complete):
            try:
                kind, *rest = json.loads(found[1])
            except ValueError:
                # Typed, and no event.
                continue
            self._dispatch(kind, rest)

    def _dispatch(self, kind, rest):
        if kind in ("key", "keyup"):
            names = ("KeyPress", f"KeyPress-{rest[0]}") if kind == "key" else (f"KeyRelease-{rest[0]}",)
            for name in names:
                self._call(None, name, Event())
            return
        x, y, button = rest
        left, top = self.screen.centre
        event = Event(x + left, y + top)
        if kind == "click":
            self.grabbed = self._item_at(event)
            # As with Tk: first those of the item, then those of the canvas.
            for item in dict.fromkeys([self.grabbed, None]):
                self._call(item, f"Button-{button}", event)
        elif kind in ("drag", "release") and self.grabbed is not None:
            self._call(self.grabbed, f"Button{button}-{'Motion' if kind == 'drag' else 'ButtonRelease'}", event)

    def _call(self, item, name, event):
        for function in list(self.handlers.get((item, name), ())):
            function(event)

    def _item_at(self, event):
        """The topmost item at this place that has handlers."""
        bound = {item for item, _ in self.handlers if item is not None}
        for number, item in reversed(list(self.screen.canvas.items.items())):
            if number in bound and item.coords:
                xs, ys = item.coords[::2], item.coords[1::2]
                if min(xs) - NEAR <= event.x <= max(xs) + NEAR and min(ys) - NEAR <= event.y <= max(ys) + NEAR:
                    return number
        return None
