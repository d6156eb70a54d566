"""An attribution as pictures: the map in colours, laid over what the network was shown; and as numbers in words."""

from typing import Any

import numpy as np

from studio.figures.colour import heat
from studio.figures.digits import short
from studio.figures.parts import Picture, Rows

OUTLINE = (242, 147, 92)


def scale(values: np.ndarray, signed: bool) -> tuple[str, float, float]:
    """Colour map and ends for a map: PuOr around 0 for signed values, viridis from 0 for strength.

    The ends leave out the largest half per cent, which take the end colours: single pixels would pale all others.
    """
    strength = np.abs(values)
    most = float(np.percentile(strength, 99.5)) or float(strength.max()) or 1.0
    return ("puor", -most, most) if signed else ("viridis", 0.0, most)


def enlarged(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """A map `(h, w)` or a picture `(h, w, 3)` on a grid of `height` × `width`, nearest neighbour."""
    rows, columns = (np.arange(n) * m // n for n, m in zip((height, width), values.shape, strict=False))
    return values[rows][:, columns]


def coloured(values: np.ndarray, signed: bool, height: int, width: int) -> np.ndarray:
    """A map as uint8 `(height, width, 3)`."""
    name, low, high = scale(values, signed)
    return heat(enlarged(values, height, width), low, high, name)


def overlay(picture: np.ndarray, values: np.ndarray, signed: bool, opacity: float) -> np.ndarray:
    """A map over a picture, uint8 `(H, W, 3)`: a pixel covers up to `opacity` of it, the more the stronger it is."""
    high, wide = picture.shape[:2]
    _, _, most = scale(values, signed)
    share = opacity * np.clip(np.abs(enlarged(values, high, wide)) / most, 0, 1)[:, :, None]
    return np.rint((1 - share) * picture + share * coloured(values, signed, high, wide)).astype(np.uint8)


def outlined(picture: np.ndarray, box: tuple[slice, slice]) -> np.ndarray:
    """A picture with a line of one pixel around a region, where there is room for it."""
    rows, columns = (
        (max(part.start - 1, 0), min(part.stop, n - 1)) for part, n in zip(box, picture.shape, strict=False)
    )
    out = picture.copy()
    for row in rows:
        if not box[0].start <= row < box[0].stop:
            out[row, columns[0] : columns[1] + 1] = OUTLINE
    for column in columns:
        if not box[1].start <= column < box[1].stop:
            out[rows[0] : rows[1] + 1, column] = OUTLINE
    return out


def sentence(found: Any, number: str) -> str:
    """What was found, in words; `number` names what was explained."""
    text = f"{number} is {short(found.score)}"
    if found.reference is None:
        return text + "."
    text += f", and {short(found.reference)} at the baseline"
    if found.error is None:
        return text + "."
    text += f": {short(found.score - found.reference)} to explain."
    change = abs(found.score - found.reference)
    share = f" ({short(100 * abs(found.error) / change)} % of it)" if change else ""
    return f"{text} The map adds up to {short(found.values.sum())}; completeness error {short(found.error)}{share}."


def printed_rows(pictures: dict[str, np.ndarray], found: Any, title: str, unit: str) -> Rows:
    """Pictures side by side, and the map at its own resolution."""
    name, low, high = scale(found.values, found.signed)
    row = [Picture(text, picture) for text, picture in pictures.items()]
    return [row, Picture(title, found.values, name, low, high, unit)]
