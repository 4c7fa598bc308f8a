"""Turtle graphics without a window.

The code is that of the standard library's `turtle`, which needs `tkinter` only for a canvas to draw on. Here the canvas is
that of `_coderunner_pictures`: names, signatures, positions and errors are those of the interpreter's own version.
"""

import os
import sys
from importlib.machinery import PathFinder

from _coderunner_pictures import canvas as _canvas


def _load(namespace):
    """Executes the standard library's module in this namespace, with the canvas in place of `tkinter`."""
    spec = PathFinder.find_spec("turtle", [os.path.dirname(os.__file__)])
    if spec is None:
        raise ModuleNotFoundError("this Python has no turtle module in its standard library", name="turtle")
    names = ("tkinter", "tkinter.simpledialog")
    before = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update({name: _canvas for name in names})
    try:
        exec(spec.loader.get_code("turtle"), namespace)
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(before)


def _exitonclick(self):
    """Show the drawing until the program ends.

    No argument.

    There is no window here that a click could close: timers run to their end, then the program goes on.
    """
    self.mainloop()


_load(globals())
_exitonclick.__name__, _exitonclick.__qualname__ = "exitonclick", "_Screen.exitonclick"
_Screen.exitonclick = _exitonclick
