"""The colours of one animal, from its fur, its shade and its pattern."""

from dataclasses import dataclass

from engines.data.drawing.factors import Factors
from engines.data.drawing.palette import FURS, INK, RGB, TAN, WHITE, lightness, mix, shaded


@dataclass(frozen=True)
class Coat:
    """`fur` falls into `shadow` below and has a `line` around it; `ears` and `marks` are the pattern's own colours."""

    fur: RGB
    shadow: RGB
    line: RGB
    ears: RGB
    marks: RGB
    whiskers: RGB
    lid: RGB


def coat(f: Factors) -> Coat:
    """Mix the colours of an animal."""
    fur = shaded(FURS[f.fur], 0.18 * f.shade)
    marks = _marks(f, fur)
    if f.pattern == "siamese":
        fur = mix(fur, (250, 238, 220), 0.72)
    if f.pattern == "calico":
        fur = shaded(WHITE, -0.02 + 0.02 * f.shade)
    dark = lightness(fur) < 0.35
    return Coat(
        fur=fur,
        shadow=mix(fur, (40, 24, 48), 0.20),
        line=mix(fur, INK, 0.62) if not dark else shaded(fur, -0.55),
        ears=marks if f.pattern in ("siamese", "mask", "patch", "calico") else fur,
        marks=marks,
        whiskers=(252, 250, 246) if lightness(fur) < 0.75 else (96, 84, 92),
        lid=INK if not dark else mix(fur, WHITE, 0.45),
    )


def _marks(f: Factors, fur: RGB) -> RGB:
    """A colour that stands out from the fur as the pattern needs it."""
    light = lightness(fur)
    if f.pattern == "tan points":
        return TAN if abs(light - lightness(TAN)) > 0.14 else shaded(fur, 0.45)
    if f.pattern in ("siamese", "mask", "calico"):
        return mix(fur, (46, 34, 40), 0.72) if light > 0.4 else shaded(fur, -0.2)
    if f.pattern == "patch":
        return mix(fur, (70, 46, 36), 0.6) if light > 0.5 else mix(fur, WHITE, 0.75)
    return mix(fur, (52, 30, 24), 0.48) if light > 0.35 else mix(fur, WHITE, 0.22)
