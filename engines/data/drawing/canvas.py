"""A surface to draw on in units of a head: the origin between the eyes and nose, the head one unit to each side.

Everything is a polygon, so that any pose is one matrix; drawing happens several times larger and is reduced at the end.
"""

import math
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from engines.data.drawing.palette import RGB

REACH = 1.58  # units from the middle of the picture to its edge
_TURN = np.linspace(0, 2 * math.pi, 33)[:-1]
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], 1)
Points = np.ndarray


def ellipse(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Points:
    """An ellipse `(32, 2)` around (x, y), turned clockwise by `angle` degrees."""
    points = _CIRCLE * (rx, ry)
    if angle:
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        points = points @ np.array([[cos, sin], [-sin, cos]])
    return points + np.array([x, y])


def curve(*knots: tuple[float, float], n: int = 7) -> Points:
    """A path through quadratic Bézier arcs: start, then a control point and an end for each arc."""
    s = np.linspace(0, 1, n)[:, None]
    k = np.array(knots)
    arcs = [(1 - s) ** 2 * k[i] + 2 * s * (1 - s) * k[i + 1] + s**2 * k[i + 2] for i in range(0, len(k) - 2, 2)]
    return np.concatenate(arcs)


def mirrored(points: Points) -> Points:
    """The same shape on the other side of the face."""
    return points * (-1, 1)


class Canvas:
    """A picture `size` pixels wide drawn `factor` times larger, with a pose for what follows."""

    def __init__(self, size: int, colour: RGB) -> None:
        self.factor = max(2, round(192 / size))
        self.side = size * self.factor
        self.unit = self.side / (2 * REACH)
        self.image = Image.new("RGB", (self.side, self.side), colour)
        self._draw = ImageDraw.Draw(self.image)
        self.pose()

    def pose(self, tilt: float = 0.0, zoom: float = 1.0, x: float = 0.0, y: float = 0.0) -> None:
        """Turn clockwise by `tilt` degrees, enlarge by `zoom` and shift by (x, y) whatever is drawn from now on."""
        a, k = math.radians(tilt), self.unit * zoom
        self._matrix = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) * k
        self._shift = self.side / 2 + np.array([x, y]) * self.unit
        self._scale = k

    def fill(self, points: Points, colour: RGB) -> None:
        self._draw.polygon(self._place(points), fill=colour)

    def stroke(self, points: Points, width: float, colour: RGB) -> None:
        self._draw.line(self._place(points), fill=colour, width=max(1, round(width * self._scale)), joint="curve")

    def mask(self, *shapes: Points) -> Image.Image:
        """White where any of the shapes is; for `clipped`."""
        mask = Image.new("L", self.image.size)
        draw = ImageDraw.Draw(mask)
        for points in shapes:
            draw.polygon(self._place(points), fill=255)
        return mask

    def layer(self, colour: RGB, shadow: RGB) -> "Canvas":
        """A canvas of the same pose whose ground goes from `colour` above to `shadow` below."""
        layer = object.__new__(Canvas)
        layer.__dict__.update(self.__dict__)
        layer.image = Image.new("RGB", self.image.size, colour)
        layer.image.paste(shadow, mask=fade(self.side))
        layer._draw = ImageDraw.Draw(layer.image)
        return layer

    def clipped(self, layer: "Canvas", mask: Image.Image) -> None:
        self.image.paste(layer.image, mask=mask)

    def finished(self) -> np.ndarray:
        """The picture at its real size, uint8 `(size, size, 3)`."""
        return np.asarray(self.image.reduce(self.factor))

    def _place(self, points: Points) -> list[float]:
        return (points @ self._matrix + self._shift).ravel().tolist()


@lru_cache(4)
def fade(side: int) -> Image.Image:
    """A mask that lets nothing through in the upper part and everything at the lower edge."""
    ramp = np.clip((np.arange(side) / side - 0.35) / 0.6, 0, 1) * 255
    return Image.fromarray(np.repeat(ramp.astype(np.uint8)[:, None], side, 1))
