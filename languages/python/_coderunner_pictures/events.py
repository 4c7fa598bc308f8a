"""Events of a screen: timers, and keys and clicks that the viewer sends.

They run while the program updates its screen, and in its main loop. That ends when there is nothing left to wait for: no timer,
and no handler of keys or clicks, or nobody who could press any.
"""

import heapq
import time


class Events:
    """The events of one screen."""

    def __init__(self, screen):
        self.screen = screen
        self.handlers = {}
        self.timers, self.timer_count = [], 0
        self.input = None

    # Handlers and timers

    def call_later(self, seconds, function, arguments):
        self.timer_count += 1
        heapq.heappush(self.timers, (time.monotonic() + seconds, self.timer_count, function, arguments))

    def bind(self, item, name, function, add):
        handlers = self.handlers.setdefault((item, name), [])
        if not add:
            handlers.clear()
        handlers.append(function)
        self._announce()

    def unbind(self, item, name):
        self.handlers.pop((item, name), None)
        self._announce()

    def _announce(self):
        """Tells the viewer which keys are of interest, and whether clicks are."""
        keys = {name.partition("-")[2] or "*" for _, name in self.handlers if name.startswith("Key")}
        clicks = any(name.startswith("Button") for _, name in self.handlers)
        self.screen.listens(sorted(keys), clicks)

    # Running them

    def run_due(self):
        """Runs timers whose time has come, and handlers of events that have arrived."""
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            _, _, function, arguments = heapq.heappop(self.timers)
            function(*arguments)
        if self._listens():
            self.input.receive(0)

    def run_until_nothing_is_left(self, is_open):
        self.screen.update()
        while is_open():
            wait = max(0.0, self.timers[0][0] - time.monotonic()) if self.timers else None
            if self._listens():
                self.input.receive(wait)
            elif self.timers:
                time.sleep(wait)
            else:
                break
            self.screen.update()

    def _listens(self):
        if not self.handlers or self.screen.session.viewer is None:
            return False
        if self.input is None:
            # Only now: importing a module takes time.
            from .input import Input

            self.input = Input(self.screen, self.handlers)
        return self.input.is_open
