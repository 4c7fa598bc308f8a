"""Draw commands: what the viewer receives of a canvas. Coordinates are pixels from the centre."""

import json

from .colours import rgb
from .text import font_of, text_of

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_colours = {"": ""}


def encoded(command):
    return _encode([short(part) for part in command])


def short(value):
    """Numbers with two decimals at most."""
    if isinstance(value, float):
        value = round(value, 2)
        return int(value) if value.is_integer() else value
    return value


def colour(name):
    """The digits of a colour; empty for none."""
    found = _colours.get(name)
    if found is None:
        found = _colours[name] = "#%02x%02x%02x" % (rgb(name) or (0, 0, 0))
    return found


def of_item(number, item, centre):
    return encoded(KINDS[item.kind](number, item, _points(item.coords, centre)))


def _points(coords, centre):
    x, y = centre
    if x or y:
        coords = [number - (y if at % 2 else x) for at, number in enumerate(coords)]
    return [short(number) for number in coords]


def _line(number, item, points):
    fill, width = colour(item.options.get("fill", "")), float(item.options.get("width", 1))
    if points == points[:2] * (len(points) // 2):
        return ["dot", number, *points[:2], width, fill]
    return ["line", number, points, fill, width]


def _polygon(number, item, points):
    look = (colour(item.options.get(name, "")) for name in ("fill", "outline"))
    return ["polygon", number, points, *look, float(item.options.get("width", 1))]


def _text(number, item, points):
    family, size, style = font_of(item)
    anchor = item.options.get("anchor", "sw")
    fill = colour(item.options.get("fill", "black"))
    return ["text", number, *points, text_of(item), fill, anchor, family, size, style]


def _image(number, item, points):
    image = item.options.get("image") or None
    if image is None or not image.data:
        return ["image", number, *points, "", 0, 0]
    return ["image", number, *points, image.name, *image.size]


KINDS = {"line": _line, "polygon": _polygon, "text": _text, "image": _image}
