"""Backend of Matplotlib: Agg, but to show a figure means to leave it as a PNG file, and to send it to the viewer.

As when a window is closed, `pyplot.show()` closes the figures that it has shown. A figure that is shown again keeps its file.
"""

import io

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from . import viewer

_connection = None
_count = 0


class FigureManager(FigureManagerBase):
    """Shows one figure."""

    file_name = shown = None

    def show(self):
        global _connection, _count
        file = io.BytesIO()
        self.canvas.figure.savefig(file, format="png")
        image = file.getvalue()
        if image == self.shown:
            return
        self.shown = image
        if self.file_name is None:
            _count += 1
            self.file_name = f"figure-{_count}.png"
        with open(self.file_name, "wb") as left:
            left.write(image)
        _connection = _connection or viewer.connect()
        if _connection is not None:
            _connection.show(self.file_name, image)


class FigureCanvas(FigureCanvasAgg):
    """Draws one figure."""

    manager_class = FigureManager


def new_figure_manager(num, *args, FigureClass=None, **kwargs):
    from matplotlib.figure import Figure

    return new_figure_manager_given_figure(num, (FigureClass or Figure)(*args, **kwargs))


def new_figure_manager_given_figure(num, figure):
    return FigureManager(FigureCanvas(figure), num)


def show(*args, block=None, **kwargs):
    """Shows all open figures; closes them, unless the program goes on beside them (`block=False`)."""
    for manager in Gcf.get_all_fig_managers():
        manager.show()
        if block is not False:
            Gcf.destroy(manager)
