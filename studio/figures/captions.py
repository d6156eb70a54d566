"""What stands under the pictures of a film: titles and colour bars, and captions in which nothing is cut off."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from studio.figures.attention import FONT

SIZES = (11, 20)  # px of the letters, on narrow and on wide pictures
PER_LETTER = 21  # a picture's width in letters, about
ROOM = 6  # px around the text
BAR = 8  # px of a colour bar


def bands(labels: Sequence[str], width: int) -> np.ndarray:
    """One caption each, centred and wrapped, uint8 `(S, h, width)`: 0 is paper, 255 ink; all as high as the highest.

    Raises ValueError for a width that not even one letter fits.
    """
    font, room = _font(_size(width)), width - 2 * ROOM
    if room < font.getlength("W"):
        raise ValueError(f"A caption does not fit a width of {width} px; enlarge the film or leave captions out.")
    wrapped = [tuple(_lines(label, font, room)) for label in labels]
    height = _pitch(font) * max(map(len, wrapped), default=0) + 2 * ROOM
    drawn = {lines: np.asarray(_text(lines, font, width, height)) for lines in set(wrapped)}
    return np.stack([drawn[lines] for lines in wrapped])


def foot(parts: Sequence[Any], width: int, scale: int, paper: str, ink: str) -> np.ndarray:
    """The titles and colour bars of a film's parts (see `formats.reel.Part`), each under its picture.

    `width` is the film's, `scale` times enlarged as the parts' places will be. uint8 `(h, width, 3)`, no rows for one
    picture without a colour bar, which needs no title.
    """
    if len(parts) < 2 and not any(part.colours for part in parts):
        return np.zeros((0, width, 3), np.uint8)
    font = _font(max(SIZES[0], _size(width) - 3))
    titles = [f"{part.title} ({part.unit})" if part.unit else part.title for part in parts]
    widths = [part.width * scale for part in parts]
    wrapped = [tuple(_lines(title, font, max(wide - ROOM, 8))) for title, wide in zip(titles, widths, strict=True)]
    lines = _pitch(font) * max(map(len, wrapped)) + ROOM
    height = lines + (BAR + _pitch(font) + 2 if any(part.colours for part in parts) else 0)
    sheet = Image.new("RGB", (width, height), paper)
    for part, title, wide in zip(parts, wrapped, widths, strict=True):
        left = part.left * scale
        sheet.paste(ink, (left, 0), _text(title, font, wide, lines, ROOM // 2))
        if part.colours:
            _bar(sheet, part, (left + ROOM, lines, wide - 2 * ROOM), font, ink)
    return np.asarray(sheet)


def _bar(sheet: Image.Image, part: Any, place: tuple[int, int, int], font: ImageFont.FreeTypeFont, ink: str) -> None:
    """The colours of a part from left to right, with the numbers at its ends and, if there is room, in its middle."""
    left, top, wide = place
    stops = np.array([tuple(bytes.fromhex(colour[1:])) for colour in part.colours])
    across = np.linspace(0, len(stops) - 1, wide)
    row = np.stack([np.interp(across, np.arange(len(stops)), stops[:, c]) for c in range(3)], axis=1)
    sheet.paste(Image.fromarray(np.rint(row).astype(np.uint8)[None].repeat(BAR, axis=0)), (left, top))
    pen, ends = ImageDraw.Draw(sheet), (0, len(part.numbers) // 2, len(part.numbers) - 1)
    fits = sum(font.getlength(part.numbers[end]) for end in ends) + 2 * ROOM < wide
    for end, at, anchor in zip(ends, (left, left + wide / 2, left + wide), ("la", "ma", "ra"), strict=True):
        if fits or anchor != "ma":
            pen.text((at, top + BAR + 1), part.numbers[end], ink, font, anchor=anchor)


def _lines(label: str, font: ImageFont.FreeTypeFont, room: int) -> Iterator[str]:
    """Break a caption where words end, and words only where one alone is too long."""
    line = ""
    for word in label.split():
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= room:
            line = longer
            continue
        if line:
            yield line
        while font.getlength(word) > room:
            fits = max(n for n in range(1, len(word) + 1) if n == 1 or font.getlength(word[:n]) <= room)
            yield word[:fits]
            word = word[fits:]
        line = word
    if line:
        yield line


def _text(lines: Sequence[str], font: ImageFont.FreeTypeFont, width: int, height: int, top: int = ROOM) -> Image.Image:
    """Centred lines as coverage of ink, mode L."""
    band = Image.new("L", (width, height))
    pen = ImageDraw.Draw(band)
    for row, line in enumerate(lines):
        pen.text((width / 2, top + row * _pitch(font)), line, 255, font, anchor="ma")
    return band


def _size(width: int) -> int:
    return min(max(width // PER_LETTER, SIZES[0]), SIZES[1])


def _pitch(font: ImageFont.FreeTypeFont) -> int:
    return sum(font.getmetrics()) + 1


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)
