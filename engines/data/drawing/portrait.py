"""A portrait from its factors: the scene, the shoulders, then the head of a cat or a dog."""

import numpy as np

from engines.data.drawing import cat, dog
from engines.data.drawing.canvas import REACH, Canvas, curve, ellipse
from engines.data.drawing.coat import Coat, coat
from engines.data.drawing.factors import Factors
from engines.data.drawing.palette import BACKDROPS, WHITE, lightness, mix

_HEADS = {"cat": cat.head, "dog": dog.head}


def paint(f: Factors, size: int) -> np.ndarray:
    """Paint one animal, uint8 `(size, size, 3)`."""
    canvas = Canvas(size, BACKDROPS[f.backdrop])
    _scene(canvas, f)
    colours = coat(f)
    canvas.pose(0.0, f.zoom, 0.02 * f.turn, 0.14)
    _shoulders(canvas, f, colours)
    canvas.pose(f.tilt, f.zoom, 0.06 * f.turn, 0.14)
    _HEADS[f.species](canvas, f, colours)
    return canvas.finished()


def _scene(canvas: Canvas, f: Factors) -> None:
    """The backdrop's motif, in a tint close to its ground so that the animal stays in front."""
    ground = BACKDROPS[f.backdrop]
    tint = mix(ground, (255, 255, 255), 0.32 if lightness(ground) > 0.5 else 0.16)
    if f.scene == "sun":
        canvas.fill(ellipse(0, 0.05, 1.42, 1.42), tint)
    elif f.scene == "dots":
        for row, y in enumerate(np.arange(-1.4, 1.6, 0.56)):
            for x in np.arange(-1.5 + 0.28 * (row % 2), 1.6, 0.56):
                canvas.fill(ellipse(x, y, 0.12, 0.12), tint)
    elif f.scene == "stripes":
        for x in np.arange(-1.58, 1.58, 0.62):
            canvas.fill(np.array([(x, -REACH), (x + 0.31, -REACH), (x + 0.31, REACH), (x, REACH)]), tint)
    elif f.scene == "hills":
        hill = curve((-1.6, 0.5), (-0.8, -0.1), (0, 0.5), (0.8, 1.0), (1.6, 0.3))
        canvas.fill(np.concatenate([hill, [(1.6, 1.6), (-1.6, 1.6)]]), tint)


def _shoulders(canvas: Canvas, f: Factors, c: Coat) -> None:
    """The chest and shoulders, which run out of the picture below."""
    outline = ellipse(0, 1.7, 0.98, 1.06)
    canvas.fill(ellipse(0, 1.7, 1.03, 1.11), c.line)
    layer = canvas.layer(c.fur, c.shadow)
    if f.pattern in ("bicolour", "blaze", "calico"):
        layer.fill(ellipse(0, 1.3, 0.5, 0.62), WHITE)
    if f.pattern == "tan points":
        layer.fill(ellipse(0, 1.4, 0.34, 0.5), c.marks)
    if f.pattern == "tabby":
        for y in (0.95, 1.2, 1.45):
            for side in (-1, 1):
                stripe = curve((side * 1.1, y - 0.08), (side * 0.7, y + 0.16), (side * 0.48, y + 0.06))
                layer.stroke(stripe, 0.09, c.marks)
    canvas.clipped(layer, canvas.mask(outline))
