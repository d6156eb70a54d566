"""The head of a cat: upright triangles for ears, large eyes with slits, a small nose and whiskers."""

import numpy as np

from engines.data.drawing.canvas import Canvas, Points, curve, ellipse, mirrored
from engines.data.drawing.coat import Coat
from engines.data.drawing.eyes import cat_eye
from engines.data.drawing.factors import Factors
from engines.data.drawing.palette import INK, PINK, WHITE, lightness, mix, shaded

# where the tip of an ear is, where its outer and its inner edge meet the head
_EARS = {
    "pointed": ((-0.80, -1.30), (-0.97, -0.20), (-0.16, -0.72)),
    "wide": ((-1.02, -1.12), (-1.00, -0.12), (-0.20, -0.70)),
    "tilted": ((-1.20, -0.86), (-0.96, 0.00), (-0.36, -0.70)),
}


def _outline(grow: float = 0.0) -> Points:
    """The head from one cheek over the top to the other, with tufts of fur at the cheeks."""
    half = curve(
        (0, -0.80), (-0.62, -0.82), (-0.90, -0.34), (-1.02, -0.02), (-1.12, 0.42), (-0.98, 0.44), (-0.94, 0.48),
        (-0.94, 0.60), (-0.90, 0.70), (-0.70, 0.70), (-0.55, 0.80), (-0.30, 0.92), (0, 0.92),
    )  # fmt: skip
    whole = np.concatenate([half, mirrored(half)[::-1]])
    return whole * (1 + grow) if grow else whole


HEAD, RIM = _outline(), _outline(0.05)


def head(canvas: Canvas, f: Factors, c: Coat) -> None:
    """Paint ears, head, pattern and face."""
    for side in (-1, 1):
        _ear(canvas, f, c, side)
    canvas.fill(RIM, c.line)
    layer = canvas.layer(c.fur, c.shadow)
    _pattern(layer, f, c)
    canvas.clipped(layer, canvas.mask(HEAD))
    _face(canvas, f, c)


def _ear(canvas: Canvas, f: Factors, c: Coat, side: int) -> None:
    tip, outer, inner = (np.array(knot) for knot in _EARS[f.ears])
    middle = (outer + inner) / 2

    def ear(grow: float) -> Points:
        t, o, i = (middle + (knot - middle) * grow for knot in (tip, outer, inner))
        bow = np.array([-0.10, -0.04]) * grow
        shape = curve(tuple(o), tuple((o + t) / 2 + bow), tuple(t), tuple((i + t) / 2 - bow * 0.6), tuple(i))
        return shape * (-side, 1)

    colour = c.ears
    if f.pattern == "calico":
        colour = mix(c.marks, (232, 146, 68), 0.9) if side < 0 else c.marks
    canvas.fill(ear(1.09), c.line)
    canvas.fill(ear(1.0), colour)
    canvas.fill(ear(0.62), mix(PINK, colour, 0.25 if lightness(colour) > 0.4 else 0.45))


def _pattern(layer: Canvas, f: Factors, c: Coat) -> None:
    shift = 0.16 * f.turn
    if f.pattern == "tabby":
        for x, low in ((-0.26, -0.46), (0.0, -0.36), (0.26, -0.46)):
            layer.stroke(np.array([(x * 1.35 + shift, -0.95), (x + shift, low)]), 0.12, c.marks)
        for side in (-1, 1):
            for y in (0.08, 0.32):
                stripe = curve((side * 1.15, y - 0.10), (side * 0.9, y + 0.06), (side * 0.70, y + 0.03))
                layer.stroke(stripe, 0.10, c.marks)
    elif f.pattern == "siamese":
        soft = mix(c.fur, c.marks, 0.5)
        layer.fill(ellipse(shift, 0.22, 0.66, 0.74), soft)
        layer.fill(ellipse(shift, 0.30, 0.52, 0.60), c.marks)
    elif f.pattern == "bicolour":
        blaze = curve((shift, -0.72), (shift - 0.06, -0.2), (shift - 0.30, 0.10), (-0.85, 0.42), (-0.62, 1.0))
        right = curve((shift, -0.72), (shift + 0.06, -0.2), (shift + 0.30, 0.10), (0.85, 0.42), (0.62, 1.0))
        layer.fill(np.concatenate([blaze, right[::-1]]), WHITE)
    elif f.pattern == "calico":
        layer.fill(ellipse(-0.66, -0.42, 0.56, 0.62, 20), (232, 146, 68))
        layer.fill(ellipse(0.68, -0.46, 0.52, 0.66, -24), c.marks)
        layer.fill(ellipse(0.98, 0.52, 0.30, 0.26), (232, 146, 68))
    if f.pattern in ("solid", "tabby"):
        layer.fill(ellipse(shift * 1.3, 0.55, 0.46, 0.32), mix(c.fur, WHITE, 0.42 if lightness(c.fur) > 0.35 else 0.14))


def _face(canvas: Canvas, f: Factors, c: Coat) -> None:
    shift = 0.16 * f.turn
    for side in (-1, 1):
        lid = mix(c.marks, WHITE, 0.5) if f.pattern == "calico" and side > 0 else c.lid
        cat_eye(canvas, f, side * 0.43 * (1 - 0.08 * side * f.turn) + shift, -0.06, lid)
    muzzle_is_dark = f.pattern == "siamese" or (lightness(c.fur) < 0.35 and f.pattern != "bicolour")
    line = shaded(c.fur, -0.7) if muzzle_is_dark and f.pattern != "siamese" else INK
    x, y = shift * 1.35, 0.34
    for side in (-1, 1):
        smile = curve((x, y + 0.10), (x + side * 0.02, y + 0.30), (x + side * 0.17, y + 0.27),
                      (x + side * 0.26, y + 0.25), (x + side * 0.28, y + 0.17))  # fmt: skip
        canvas.stroke(smile, 0.05, line)
        for rise in (-0.16, 0.0, 0.15):
            start = (x + side * 0.34, y + 0.14 + rise * 0.45)
            end = (x * 0.6 + side * 1.28, y + 0.10 + rise * 1.7)
            canvas.stroke(curve(start, (x + side * 0.8, start[1] - 0.06 + rise * 0.5), end), 0.026, c.whiskers)
    nose = PINK if not muzzle_is_dark else mix(PINK, INK, 0.45)
    triangle = curve((x - 0.15, y - 0.07), (x, y - 0.14), (x + 0.15, y - 0.07), (x + 0.10, y + 0.08), (x, y + 0.12),
                     (x - 0.10, y + 0.08), (x - 0.15, y - 0.07))  # fmt: skip
    canvas.fill(triangle, nose)
