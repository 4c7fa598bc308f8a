"""Screen of a canvas: tells the viewer what changed, at most thirty times a second, and leaves an SVG file at the end.

The thread of the program sends a change when it updates the screen. The last changes before it computes or waits are sent by a
thread of the screen's own, and only as of an update: a drawing that is being made anew is never seen half.
"""

import _thread
import atexit
import math
import os
import time

from . import commands, events, viewer

FRAME_SECONDS = 1 / 30
FILE_NAME = "turtle.svg"
MAX_COORDINATE = 1e6
NO_HANDLERS = commands.encoded(["listen", [], False])


class Session:
    """What the screens of a program share: the viewer, the folder of the file, and the beginning of time."""

    def __init__(self):
        self.viewer = viewer.connect()
        self.folder = os.getcwd()
        self.start = time.monotonic()
        self.screens = []
        atexit.register(self.finish)

    def finish(self):
        screen = self.screens[-1]
        screen.send()
        with open(os.path.join(self.folder, FILE_NAME), "w", encoding="utf-8") as file:
            file.write(screen.as_svg())

    def disconnect(self):
        """The program has closed its output, or its reader is gone."""
        self.viewer = None


_session = None


def session():
    global _session
    if _session is None:
        _session = Session()
    return _session


class Screen:
    """The screen of one canvas."""

    def __init__(self, canvas):
        self.canvas, self.session = canvas, session()
        self.session.screens.append(self)
        # Items whose look changed; those that were put on top, in this order; and what the viewer was sent of each.
        self.changed_items, self.topmost, self.known = {}, {}, {}
        # Commands that concern no item, by their names: to be sent, and sent. Ids of items that are gone.
        self.settings, self.sent_settings, self.gone = {}, {"listen": NO_HANDLERS}, []
        self.images = {}
        self.title = ""
        self.is_consistent, self.sent_at, self.is_awake = False, 0.0, False
        self.sending, self.waking = _thread.allocate_lock(), None
        self.events = events.Events(self)
        if len(self.session.screens) > 1:
            self.settings["clear"] = '["clear"]'
        self.reconfigured()

    # What the canvas reports

    def changed(self, number):
        self.is_consistent = False
        self.changed_items[number] = True

    def raised(self, number):
        self.changed(number)
        self.topmost.pop(number, None)
        self.topmost[number] = True

    def deleted(self, number):
        self.is_consistent = False
        self.changed_items.pop(number, None)
        self.topmost.pop(number, None)
        if number in self.known:
            del self.known[number]
            self.gone.append(number)

    def cleared(self):
        self.is_consistent = False
        for waiting in (self.changed_items, self.topmost, self.known, self.gone):
            waiting.clear()
        self.settings["clear"] = '["clear"]'

    def reconfigured(self):
        """Its size, its background or its centre may have changed."""
        self.is_consistent = False
        left, top, width, height = self.view()
        centre = (left + width / 2, top + height / 2)
        if centre != getattr(self, "centre", centre):
            self.changed_items.update(dict.fromkeys(self.canvas.items, True))
        self.centre = centre
        self.settings["size"] = commands.encoded(["size", width, height])
        self.settings["bg"] = commands.encoded(["bg", commands.colour(self.canvas.options["bg"])])

    def titled(self, title):
        self.settings["title"] = commands.encoded(["title", title])

    def listens(self, keys, clicks):
        self.settings["listen"] = commands.encoded(["listen", keys, clicks])

    def view(self):
        """Left, top, width and height: all of the canvas, and at least the size of the window."""
        left, top, right, bottom = (float(number) for number in self.canvas.options["scrollregion"])
        width, height = max(self.canvas.winfo_width(), right - left), max(self.canvas.winfo_height(), bottom - top)
        return (left + right - width) / 2, (top + bottom - height) / 2, width, height

    # Time

    def update(self):
        """Shows what changed since the last time, and lets timers and events run, as Tk does."""
        self.events.run_due()
        self.is_consistent = True
        if self.session.viewer is None:
            return
        if time.monotonic() - self.sent_at >= FRAME_SECONDS:
            self.send()
        elif not self.is_awake:
            self.is_awake = True
            self._wake_sender()

    def pause(self, seconds):
        """Waits, if somebody looks: a program whose drawing only becomes a file need not take its time."""
        if self.session.viewer is not None:
            time.sleep(seconds)

    def _wake_sender(self):
        if self.waking is None:
            self.waking = _thread.allocate_lock()
            _thread.start_new_thread(self._send_last_changes, ())
        else:
            self.waking.release()

    def _send_last_changes(self):
        while True:
            self.waking.acquire()
            if self.is_awake:
                time.sleep(FRAME_SECONDS)
                self.is_awake = False
                # Otherwise the program is drawing again, and sends when it updates.
                if self.is_consistent:
                    self.send()

    def send(self):
        """Sends what changed."""
        viewer = self.session.viewer
        if viewer is None:
            return
        with self.sending:
            self.sent_at = time.monotonic()
            changes = self._take_changes()
            if not changes:
                return
            milliseconds = round(1000 * (self.sent_at - self.session.start))
            try:
                viewer.draw([commands.encoded(["time", milliseconds]), *changes])
            except OSError:
                self.session.disconnect()

    def _take_changes(self):
        settings, self.settings = self.settings, {}
        changed, self.changed_items = self.changed_items, {}
        topmost, self.topmost = self.topmost, {}
        gone, self.gone = self.gone, []
        sent = [settings.pop("clear")] if "clear" in settings else []
        sent += [command for name, command in settings.items() if self.sent_settings.get(name) != command]
        self.sent_settings.update(settings)
        sent += [commands.encoded(["delete", number]) for number in gone]
        for number in topmost:
            if number in self.known:
                sent.append(commands.encoded(["top", number]))
            else:
                sent += self._command(number)
        for number in changed:
            sent += self._command(number)
        return sent

    def _command(self, number):
        """The command for an item, unless the viewer has it as it is."""
        item = self.canvas.items.get(number)
        if item is None:
            return []
        image = item.options.get("image") if item.kind == "image" else None
        if image and image.data and id(image) not in self.images:
            self.images[id(image)] = image
            self.session.viewer.show(image.name, image.data)
        command = commands.of_item(number, item, self.centre)
        if self.known.get(number) == command:
            return []
        self.known[number] = command
        return [command]

    def as_svg(self):
        # Only now: importing a module takes time.
        from . import svg

        elements = (svg.element(item, commands.colour) for item in self.canvas.items.values())
        return svg.document(self.view(), commands.colour(self.canvas.options["bg"]), filter(None, elements))


def finite(number):
    """A coordinate that can be drawn."""
    number = float(number)
    return 0.0 if math.isnan(number) else max(-MAX_COORDINATE, min(MAX_COORDINATE, number))


def ask(question):
    """The answer to a question; none at the end of the input."""
    for screen in session().screens:
        screen.send()
    try:
        return input(question)
    except EOFError:
        return None
