"""Fonts and sizes of text on a canvas. Sizes are estimates: the fonts are the viewer's."""

# Tk's sizes are in points.
PIXELS_PER_POINT = 96 / 72
DEFAULT = ("Arial", 8, "normal")
NARROW, WIDE = frozenset("iIjltf.,:;'|!()[] "), frozenset("mwMW@%")


class FontError(ValueError):
    """A font whose size is no number."""


def font_of(item):
    """Family, size in pixels, and style of a text."""
    font = item.options.get("font") or DEFAULT
    family, size, *style = [*(font.split() if isinstance(font, str) else font), *DEFAULT[1:]]
    try:
        points = float(size)
    except (TypeError, ValueError):
        raise FontError(f'expected integer but got "{size}"') from None
    words = " ".join(str(word) for word in style).split()
    kept = " ".join(word for word in ("bold", "italic", "underline") if word in words)
    return str(family), abs(points) * (PIXELS_PER_POINT if points >= 0 else 1), kept


def text_of(item):
    return str(item.options.get("text", ""))


def box_of(item):
    """Left, top, width and height of a text."""
    family, size, _ = font_of(item)
    lines = text_of(item).split("\n")
    width = max(_width(line, family.lower()) for line in lines) * size
    height = 1.2 * size * len(lines)
    x, y = item.coords
    left = {"s": x - width / 2, "se": x - width}.get(item.options.get("anchor"), x)
    return left, y - height, width, height


def _width(line, family):
    """Width of a line, as a multiple of the font's size."""
    if "courier" in family or "mono" in family:
        return 0.6 * len(line)
    return sum(0.28 if c in NARROW else 0.85 if c in WIDE else 0.67 if c.isupper() else 0.53 for c in line)
