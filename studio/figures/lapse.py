"""The loss of a run as a picture of few pixels, drawn up to each of its sheets: a pane of a film."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from studio.figures.attention import FONT
from studio.figures.digits import short

ROOM = 4  # px around the curve
LETTERS = 11  # px; none on pictures that are too small for them
SMALL = 120
PAPER, INK, LINE, HAND = "#efedea", "#22252b", "#0072b2", "#b4491c"


def curve(images: np.ndarray, loss: np.ndarray, height: int, width: int) -> np.ndarray:
    """Loss over pictures seen, on a logarithmic scale, up to each of S sheets: uint8 `(S, height, width, 3)`.

    `images` and `loss` are `(S,)`; NaN is left out. The last point is marked.
    """
    there = np.isfinite(loss) & (loss > 0)
    logs = np.log(np.where(there, loss, 1.0))
    low, high = (logs[there].min(), logs[there].max()) if there.any() else (0.0, 1.0)
    top = ROOM + (LETTERS + 3 if width >= SMALL else 0)
    x = ROOM + (images - images[0]) / max(images[-1] - images[0], 1) * (width - 1 - 2 * ROOM)
    y = top + (high - logs) / max(high - low, 1e-9) * (height - 1 - ROOM - top)
    return np.stack([_drawn(x, y, there, loss, i, (width, height)) for i in range(len(images))])


def _drawn(
    x: np.ndarray, y: np.ndarray, there: np.ndarray, loss: np.ndarray, last: int, size: tuple[int, int]
) -> np.ndarray:
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    shown = np.flatnonzero(there[: last + 1])
    points = [(float(x[i]), float(y[i])) for i in shown]
    if len(points) > 1:
        pen.line(points, LINE, 2 if size[0] >= SMALL else 1)
    if points:
        (px, py), r = points[-1], 3 if size[0] >= SMALL else 1
        pen.ellipse((px - r, py - r, px + r, py + r), HAND)
        if size[0] >= SMALL:
            font = ImageFont.truetype(FONT, LETTERS)
            pen.text((ROOM, ROOM - 2), f"loss {short(float(loss[shown[-1]]))}, log scale", INK, font)
    return np.asarray(sheet)
