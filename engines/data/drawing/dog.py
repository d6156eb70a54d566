"""The head of a dog: hanging ears, a broad snout with a large nose, and a tongue."""

import numpy as np

from engines.data.drawing.canvas import Canvas, Points, curve, ellipse, mirrored
from engines.data.drawing.coat import Coat
from engines.data.drawing.eyes import dog_eye
from engines.data.drawing.factors import Factors
from engines.data.drawing.palette import INK, TONGUE, WHITE, lightness, mix, shaded

# the left ear as a closed path of Bézier arcs
_EARS = {
    "floppy": ((-0.42, -0.84), (-1.05, -1.00), (-1.24, -0.30), (-1.40, 0.30), (-1.12, 0.44), (-0.84, 0.46),
               (-0.78, -0.04), (-0.70, -0.40), (-0.42, -0.84)),
    "long": ((-0.44, -0.80), (-1.06, -0.96), (-1.20, -0.10), (-1.46, 0.94), (-1.12, 1.06), (-0.78, 1.10),
             (-0.74, 0.30), (-0.78, -0.30), (-0.44, -0.80)),
    "button": ((-0.30, -0.80), (-0.66, -1.16), (-1.02, -0.92), (-1.34, -0.66), (-1.30, -0.22), (-1.24, -0.08),
               (-1.08, -0.22), (-0.78, -0.52), (-0.30, -0.80)),
}  # fmt: skip


def _outline(grow: float = 0.0) -> Points:
    """The head: a round skull that narrows to the jaws."""
    half = curve((0, -0.90), (-0.66, -0.92), (-0.86, -0.34), (-0.96, 0.10), (-0.82, 0.44), (-0.66, 0.92), (0, 0.96))
    whole = np.concatenate([half, mirrored(half)[::-1]])
    return whole * (1 + grow) if grow else whole


HEAD, RIM = _outline(), _outline(0.05)
EARS = {name: curve(*knots) for name, knots in _EARS.items()}


def head(canvas: Canvas, f: Factors, c: Coat) -> None:
    """Paint head, pattern, ears and face; the ears hang in front of the head."""
    canvas.fill(RIM, c.line)
    layer = canvas.layer(c.fur, c.shadow)
    _pattern(layer, f, c)
    canvas.clipped(layer, canvas.mask(HEAD))
    _face(canvas, f, c)
    colour = shaded(c.ears, -0.18) if c.ears == c.fur else c.ears
    for side in (-1, 1):
        ear = EARS[f.ears] * (-side, 1)
        middle = ear.mean(0)
        canvas.fill(middle + (ear - middle) * 1.1, c.line)
        canvas.fill(ear, colour)


def _pattern(layer: Canvas, f: Factors, c: Coat) -> None:
    shift = 0.14 * f.turn
    snout = mix(c.fur, WHITE, 0.45 if lightness(c.fur) > 0.35 else 0.16)
    if f.pattern == "patch":
        layer.fill(ellipse(0.42 + shift, -0.18, 0.40, 0.46, -14), c.marks)
    elif f.pattern == "tan points":
        snout = c.marks
        for side in (-1, 1):
            layer.fill(ellipse(side * 0.34 + shift, -0.46, 0.13, 0.10), c.marks)
            layer.fill(ellipse(side * 0.80, 0.42, 0.34, 0.34), c.marks)
    elif f.pattern == "mask":
        snout = c.marks
        layer.fill(ellipse(shift, 0.36, 0.74, 0.62), mix(c.fur, c.marks, 0.55))
    elif f.pattern == "blaze":
        snout = WHITE
        left = curve((shift - 0.10, -1.0), (shift - 0.10, -0.4), (shift - 0.22, 0.0), (-0.5, 0.3), (-0.5, 0.6))
        right = curve((shift + 0.10, -1.0), (shift + 0.10, -0.4), (shift + 0.22, 0.0), (0.5, 0.3), (0.5, 0.6))
        layer.fill(np.concatenate([left, right[::-1]]), WHITE)
    layer.fill(ellipse(shift * 1.4, 0.50, 0.54, 0.44), snout)


def _face(canvas: Canvas, f: Factors, c: Coat) -> None:
    shift = 0.14 * f.turn
    for side in (-1, 1):
        dog_eye(canvas, f, side * 0.38 * (1 - 0.08 * side * f.turn) + shift, -0.16, c.lid)
    x, y = shift * 1.5, 0.26
    canvas.fill(curve((x - 0.15, y + 0.38), (x - 0.17, y + 0.74), (x, y + 0.74), (x + 0.17, y + 0.74),
                      (x + 0.15, y + 0.38)), TONGUE)  # fmt: skip
    canvas.stroke(np.array([(x, y + 0.42), (x, y + 0.60)]), 0.03, shaded(TONGUE, -0.2))
    for side in (-1, 1):
        jaw = curve((x, y + 0.12), (x, y + 0.40), (x + side * 0.18, y + 0.39), (x + side * 0.34, y + 0.38),
                    (x + side * 0.38, y + 0.20))  # fmt: skip
        canvas.stroke(jaw, 0.055, INK)
    nose = curve((x - 0.23, y - 0.04), (x - 0.20, y - 0.17), (x, y - 0.17), (x + 0.20, y - 0.17), (x + 0.23, y - 0.04),
                 (x + 0.16, y + 0.15), (x, y + 0.16), (x - 0.16, y + 0.15), (x - 0.23, y - 0.04))  # fmt: skip
    canvas.fill(nose, INK)
    canvas.fill(ellipse(x - 0.07, y - 0.09, 0.07, 0.035), (150, 140, 150))
