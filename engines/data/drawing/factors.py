"""What a drawn animal is made of, and the factors that a seed stands for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from engines.data.drawing.palette import BACKDROPS, EYES, FURS

SPECIES = ("cat", "dog")
EARS = {"cat": ("pointed", "wide", "tilted"), "dog": ("floppy", "long", "button")}
PATTERNS = {
    "cat": ("solid", "tabby", "bicolour", "siamese", "calico"),
    "dog": ("solid", "patch", "tan points", "mask", "blaze"),
}
GAZES = ("open", "wide", "sleepy")
SCENES = ("plain", "sun", "dots", "stripes", "hills")


@dataclass(frozen=True)
class Factors:
    """All that decides a drawing. `shade` makes the fur darker (-1) or lighter (1); `turn` looks to the left (-1) or
    right (1); `tilt` is in degrees, clockwise; `zoom` is the size of the head; the rest are names.
    """

    seed: int
    species: str
    fur: str
    shade: float
    pattern: str
    ears: str
    eyes: str
    gaze: str
    turn: float
    tilt: float
    zoom: float
    backdrop: str
    scene: str


def factors(seed: int) -> Factors:
    """The factors of a seed; each is drawn on its own, except that ears and patterns are those of the species."""
    random = Random(seed).random
    species = _pick(random, SPECIES)
    return Factors(
        seed=seed,
        species=species,
        fur=_pick(random, tuple(FURS)),
        shade=_between(random, -1, 1),
        pattern=_pick(random, PATTERNS[species]),
        ears=_pick(random, EARS[species]),
        eyes=_pick(random, tuple(EYES)),
        gaze=_pick(random, GAZES),
        turn=_between(random, -1, 1),
        tilt=_between(random, -14, 14),
        zoom=_between(random, 0.9, 1.08),
        backdrop=_pick(random, tuple(BACKDROPS)),
        scene=_pick(random, SCENES),
    )


def _pick(random: Callable[[], float], names: Sequence[str]) -> str:
    return names[int(random() * len(names))]


def _between(random: Callable[[], float], low: float, high: float) -> float:
    return round(low + (high - low) * random(), 3)
