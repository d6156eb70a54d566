"""Eyes: a cat's are large, coloured and slit; a dog's are round, dark and friendly."""

from engines.data.drawing.canvas import Canvas, curve, ellipse
from engines.data.drawing.factors import Factors
from engines.data.drawing.palette import EYES, INK, RGB, mix, shaded

_HEIGHT = {"open": 0.225, "wide": 0.275}
_PUPIL = {"open": 0.075, "wide": 0.155}
_SHINE = (255, 255, 255)


def cat_eye(canvas: Canvas, f: Factors, x: float, y: float, lid: RGB) -> None:
    """One eye at (x, y); a sleepy one is an arc of the colour `lid`."""
    if f.gaze == "sleepy":
        _closed(canvas, x, y, lid)
        return
    colour, ry = EYES[f.eyes], _HEIGHT[f.gaze]
    look = 0.05 * f.turn
    canvas.fill(ellipse(x, y, 0.275, ry + 0.045), INK)
    canvas.fill(ellipse(x, y, 0.235, ry), colour)
    canvas.fill(ellipse(x, y + ry * 0.45, 0.17, ry * 0.42), mix(colour, (255, 255, 220), 0.4))
    canvas.fill(ellipse(x + look, y, _PUPIL[f.gaze], ry * 0.88), INK)
    canvas.fill(ellipse(x + look + 0.07, y - ry * 0.42, 0.062, 0.068), _SHINE)


def dog_eye(canvas: Canvas, f: Factors, x: float, y: float, lid: RGB) -> None:
    """One eye at (x, y); a sleepy one is an arc of the colour `lid`."""
    if f.gaze == "sleepy":
        _closed(canvas, x, y, lid)
        return
    r = 0.17 if f.gaze == "open" else 0.205
    look = 0.03 * f.turn
    canvas.fill(ellipse(x, y, r + 0.035, r + 0.035), INK)
    canvas.fill(ellipse(x, y, r, r), shaded(EYES[f.eyes], -0.25))
    canvas.fill(ellipse(x + look, y, r * 0.66, r * 0.70), INK)
    canvas.fill(ellipse(x + look + 0.06, y - r * 0.4, 0.055, 0.06), _SHINE)


def _closed(canvas: Canvas, x: float, y: float, lid: RGB) -> None:
    canvas.stroke(curve((x - 0.23, y - 0.02), (x, y + 0.24), (x + 0.23, y - 0.02), n=9), 0.085, lid)
