"""Drawing as an SVG file."""

from binascii import b2a_base64

from .text import font_of, text_of

# Artifacts have 4 MiB at most. What is drawn beyond this is left out.
MOST_BYTES = 3_500_000
MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
ANCHORS = {"sw": "start", "s": "middle", "se": "end"}


def document(view, background, items):
    """The whole file: `items` are pairs of an item and its attributes as a draw command has them."""
    left, top, width, height = view
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{width:g}" height="{height:g}" viewBox="{left:g} {top:g} {width:g} {height:g}">',
        f'<rect x="{left:g}" y="{top:g}" width="100%" height="100%" fill="{background or "#ffffff"}"/>',
    ]
    size = 0
    for element in items:
        size += len(element)
        if size > MOST_BYTES:
            parts.append("<!-- The drawing is longer than this file may be: the rest is left out. -->")
            break
        parts.append(element)
    return "\n".join([*parts, "</svg>", ""])


def element(item, colour):
    """An item; nothing if there is nothing of it to be seen. `colour` finds the digits of a colour's name."""
    return KINDS[item.kind](item, colour)


def _points(coords):
    return " ".join(f"{x:.10g},{y:.10g}" for x, y in zip(*[iter(round(number, 2) for number in coords)] * 2))


def _line(item, colour):
    stroke = colour(item.options.get("fill", ""))
    if not stroke:
        return ""
    width = float(item.options.get("width", 1))
    x, y = item.coords[:2]
    if item.coords == [x, y] * (len(item.coords) // 2):
        return f'<circle cx="{x:.10g}" cy="{y:.10g}" r="{width / 2:g}" fill="{stroke}"/>'
    return (
        f'<polyline points="{_points(item.coords)}" fill="none" stroke="{stroke}" stroke-width="{width:g}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _polygon(item, colour):
    fill, stroke = colour(item.options.get("fill", "")), colour(item.options.get("outline", ""))
    if not fill and not stroke:
        return ""
    outline = f' stroke="{stroke}" stroke-width="{float(item.options.get("width", 1)):g}"' if stroke else ""
    return f'<polygon points="{_points(item.coords)}" fill="{fill or "none"}"{outline} fill-rule="evenodd"/>'


def _text(item, colour):
    fill = colour(item.options.get("fill", "black"))
    if not fill or not text_of(item):
        return ""
    family, size, style = font_of(item)
    look = "".join(
        f' {attribute}="{value}"'
        for word, attribute, value in (
            ("bold", "font-weight", "bold"),
            ("italic", "font-style", "italic"),
            ("underline", "text-decoration", "underline"),
        )
        if word in style.split()
    )
    x, y = item.coords
    lines = text_of(item).split("\n")
    # The anchor is at the lower edge of the last line.
    spans = "".join(
        f'<tspan x="{x:.10g}" y="{y - 0.22 * size - 1.2 * size * (len(lines) - 1 - number):.10g}">{_safe(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    anchor = ANCHORS.get(item.options.get("anchor"), "start")
    family = _safe(family)
    return (
        f'<text xml:space="preserve" font-family="{family}, sans-serif" font-size="{size:g}"{look} '
        f'text-anchor="{anchor}" fill="{fill}">{spans}</text>'
    )


def _image(item, colour):
    image = item.options.get("image") or None
    if image is None or not image.data:
        return ""
    width, height = image.size
    x, y = item.coords
    kind = "gif" if image.data[:3] == b"GIF" else "png"
    data = b2a_base64(image.data, newline=False).decode()
    return (
        f'<image x="{x - width / 2:.10g}" y="{y - height / 2:.10g}" width="{width}" height="{height}" '
        f'href="data:image/{kind};base64,{data}"/>'
    )


def _safe(text):
    """Text with what has a meaning in XML escaped, and without characters that no XML file may have."""
    return "".join(MARKUP.get(c) or (c if _is_allowed(c) else "\ufffd") for c in text)


def _is_allowed(c):
    return c in "\t\n" or " " <= c < "\ud800" or "\udfff" < c < "\ufffe" or c > "\uffff"


KINDS = {"line": _line, "polygon": _polygon, "text": _text, "image": _image}
