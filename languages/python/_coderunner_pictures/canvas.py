"""Canvas of the `turtle` module: the part of `tkinter` that it uses, without a window.

Items are kept as Tk keeps them; `screen` shows them.
"""

import math
import os

from . import text
from .colours import rgb
from .screen import Screen, ask, finite

ROUND, SUNKEN, HORIZONTAL = "round", "sunken", "horizontal"

# The window is half as wide as the screen and three quarters as high, unless the program sets a size.
SCREEN_WIDTH, SCREEN_HEIGHT = 1280, 800

class TclError(Exception):
    """An error of the canvas."""


class Item:
    """A line, a polygon, a text or an image."""

    __slots__ = ("kind", "coords", "options")

    def __init__(self, kind, coords, options):
        self.kind, self.coords, self.options = kind, coords, options


def _flat(coords):
    if len(coords) == 1:
        coords = coords[0]
    return [finite(number) for number in coords]


def _given(options):
    """Options without those that are None, which Tk leaves as they are."""
    return {name: value for name, value in options.items() if value is not None}


class Canvas:
    """The canvas of Tk, as far as turtles use it."""

    def __init__(self, master=None, **options):
        self.master = master
        self.options = {"bg": "white", "scrollregion": (0, 0, 0, 0), **options}
        self.items = {}
        self._next_id = 1
        self._screen = Screen(self)
        master.screens.append(self._screen)
        self._screen.titled(master.text)

    # Items

    def _create(self, kind, coords, options):
        number, self._next_id = self._next_id, self._next_id + 1
        self.items[number] = Item(kind, _flat(coords), _given(options))
        self._screen.raised(number)
        return number

    def create_line(self, *coords, **options):
        return self._create("line", coords, options)

    def create_polygon(self, *coords, **options):
        return self._create("polygon", coords, options)

    def create_text(self, *coords, **options):
        return self._create("text", coords, options)

    def create_image(self, *coords, **options):
        return self._create("image", coords, options)

    def coords(self, item, *coords):
        if not coords:
            found = self.items.get(item)
            return list(found.coords) if found else []
        if item in self.items:
            self.items[item].coords = _flat(coords)
            self._screen.changed(item)
        return None

    def itemconfigure(self, item, **options):
        found, options = self.items.get(item), _given(options)
        if found and any(found.options.get(name) != value for name, value in options.items()):
            found.options = {**found.options, **options}
            self._screen.changed(item)

    itemconfig = itemconfigure

    def itemcget(self, item, option):
        return self.items[item].options.get(option, "") if item in self.items else ""

    def delete(self, *items):
        for item in items:
            if item == "all":
                self.items.clear()
                self._screen.cleared()
            elif self.items.pop(item, None):
                self._screen.deleted(item)

    def tag_raise(self, item):
        if item in self.items and next(reversed(self.items)) != item:
            self.items[item] = self.items.pop(item)
            self._screen.raised(item)

    def tag_lower(self, item):
        """Turtles lower only the background picture, which is below everything from its beginning."""

    def find_all(self):
        return tuple(self.items)

    def type(self, item):
        return self.items[item].kind if item in self.items else None

    def bbox(self, item):
        """The rectangle around an item; of text an estimate."""
        found = self.items.get(item)
        if not found:
            return None
        if found.kind == "text":
            try:
                left, top, width, height = text.box_of(found)
            except text.FontError as error:
                self.delete(item)
                raise TclError(str(error)) from None
            return round(left), round(top), round(left + width), round(top + height)
        xs, ys = found.coords[::2], found.coords[1::2]
        return math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))

    # The canvas itself

    def configure(self, **options):
        options = _given(options)
        if "background" in options:
            options["bg"] = options.pop("background")
        if "bg" in options:
            self.winfo_rgb(options["bg"])
        self.options.update(options)
        self._screen.reconfigured()

    config = configure

    def cget(self, option):
        return self.options.get("bg" if option == "background" else option, "")

    def winfo_rgb(self, colour):
        found = rgb(colour) if isinstance(colour, str) else None
        if found is None:
            raise TclError(f'unknown color name "{colour}"')
        return tuple(value * 257 for value in found)

    def winfo_width(self):
        return self.master.width

    def winfo_height(self):
        return self.master.height

    def winfo_toplevel(self):
        return self.master

    def canvasx(self, x):
        return x

    def canvasy(self, y):
        return y

    def xview_moveto(self, fraction):
        """The whole canvas is shown: there is nothing to scroll."""

    yview_moveto = xview_moveto

    def xview(self, *arguments):
        """Nothing to scroll either."""

    yview = xview

    def grid(self, **options):
        """There is no window to be placed in."""

    def postscript(self, **options):
        raise TclError("this canvas cannot be saved as PostScript; the drawing is left as turtle.svg")

    # Time and events

    def update(self):
        self._screen.update()

    update_idletasks = update

    def after(self, delay, function=None, *arguments):
        if function is None:
            return self._screen.pause(delay / 1000)
        return self._screen.events.call_later(delay / 1000, function, arguments)

    def after_idle(self, function, *arguments):
        return self.after(0, function, *arguments)

    def bind(self, event, function, add=None):
        self.tag_bind(None, event, function, add)

    def unbind(self, event, function=None):
        self.tag_unbind(None, event)

    def tag_bind(self, item, event, function, add=None):
        self._screen.events.bind(item, event.strip("<>"), function, add)

    def tag_unbind(self, item, event):
        self._screen.events.unbind(item, event.strip("<>"))

    def focus_force(self):
        """Keys arrive whenever the viewer sends them."""


class Frame:
    """The frame around a canvas."""

    def __init__(self, master=None, **options):
        self.master = master
        self.tk = master

    def winfo_toplevel(self):
        return self.master

    def pack(self, **options):
        """There is no window to be placed in."""

    rowconfigure = columnconfigure = lambda self, number, **options: None


class Scrollbar:
    """A scroll bar, of which there is nothing to be seen."""

    def __init__(self, master=None, **options):
        self.options = options

    def set(self, first, last):
        """Nothing to move."""

    def grid(self, **options):
        """No window to be placed in."""

    def grid_forget(self):
        """Nor to be taken out of."""


class Tk:
    """The window."""

    width, height = SCREEN_WIDTH // 2, SCREEN_HEIGHT * 3 // 4

    def __init__(self):
        self.is_open, self.screens, self.text = True, [], "Python Turtle Graphics"

    def title(self, text):
        self.text = str(text)
        for screen in self.screens:
            screen.titled(self.text)

    def wm_protocol(self, name, function):
        """Nobody closes this window."""

    def bind(self, event, function):
        """Nor changes its size."""

    def geometry(self, text):
        size = text.split("+")[0].split("-")[0]
        width, _, height = size.partition("x")
        self.width, self.height = max(1, int(width)), max(1, int(height))
        for screen in self.screens:
            screen.reconfigured()

    def winfo_screenwidth(self):
        return SCREEN_WIDTH

    def winfo_screenheight(self):
        return SCREEN_HEIGHT

    def destroy(self):
        self.is_open = False

    def call(self, *arguments):
        """Settings of windows of one system."""

    def mainloop(self):
        for screen in self.screens:
            screen.events.run_until_nothing_is_left(lambda: self.is_open)


class PhotoImage:
    """An image from a GIF or PNG file."""

    def __init__(self, file=None, width=0, height=0, master=None):
        self.name, self.data, self.size = "", b"", (width, height)
        if file is None:
            return
        self.name = os.path.basename(file)
        try:
            with open(file, "rb") as opened:
                self.data = opened.read()
        except OSError as error:
            raise TclError(f'couldn\'t open "{file}": {error.strerror.lower()}') from None
        self.size = _image_size(self.data)
        if self.size is None:
            raise TclError(f'couldn\'t recognize data in image file "{file}"')

    def blank(self):
        self.data = b""

    def width(self):
        return self.size[0]

    def height(self):
        return self.size[1]


def _image_size(data):
    if data[:4] == b"GIF8" and len(data) >= 10:
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return None


class simpledialog:
    """Questions of a program: asked in its output, and answered in its input."""

    @staticmethod
    def askstring(title, prompt, parent=None):
        return ask(f"{title}: {prompt} ")

    @staticmethod
    def askfloat(title, prompt, initialvalue=None, minvalue=None, maxvalue=None, parent=None):
        while True:
            answer = ask(f"{title}: {prompt} ")
            if answer is None or (not answer.strip() and initialvalue is not None):
                return initialvalue if answer is not None else None
            try:
                number = float(answer)
            except ValueError:
                print("Not a floating point value. Please try again.")
                continue
            if minvalue is not None and number < minvalue:
                print(f"The allowed minimum value is {minvalue}. Please try again.")
            elif maxvalue is not None and number > maxvalue:
                print(f"The allowed maximum value is {maxvalue}. Please try again.")
            else:
                return number
