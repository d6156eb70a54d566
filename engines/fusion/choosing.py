"""Which pictures are paired: in an order that a number fixes and that does not depend on how many pairs are wanted."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engines.data.sources import Pictures

RULES = {"any": "any two pictures", "not-both-dark": "not two dark cats"}
DARK = 50  # brightness, of 255, below which a cat counts as dark
HELD_BACK = "val"  # the part that fusions are compared with
_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Pair:
    """Pair `index` of a draw: two pictures by their places in the source, with names and brightness of 255."""

    index: int
    a: int
    b: int
    name_a: str
    name_b: str
    brightness_a: float
    brightness_b: float


def brightness(pictures: np.ndarray) -> np.ndarray:
    """How bright the cat is, `(N,)` of 255, in uint8 pictures `(N, H, W, 3)`: the median luma of the middle half.

    In the middle is the face, and a median asks what most of the coat is like, whatever shines on a white bib or behind
    the ears. Of 120 of the darker AFHQ cats, sorted by eye into dark and not dark, `DARK` sorts 88 % alike (24 of the
    32 dark ones, the others have white faces; 6 of the 88 not dark); the mean of the whole picture reaches 77 %.
    """
    height, width = pictures.shape[1:3]
    middle = pictures[:, height // 4 : height - height // 4, width // 4 : width - width // 4]
    return np.array([np.median(picture @ _LUMA) for picture in middle])


def choose(pictures: Pictures, number: int, choice: int = 0, rule: str = "any") -> list[Pair]:
    """The first `number` pairs of draw `choice`; with more of them the first ones stay.

    No picture comes twice while there are others, no pair ever; pictures of the test part, which no model of this
    source was trained on, come first and those of the validation part, which the results are compared with, never.
    `rule` is "any" or "not-both-dark", that of a student's report: "50 pairs of cats that are not both black".
    Raises ValueError for another rule, fewer than 1 pair and a source that does not make so many.
    """
    if rule not in RULES:
        raise ValueError(f"Unknown rule {rule!r}; allowed: {', '.join(RULES)}.")
    if number < 1:
        raise ValueError(f"{number} pairs; at least 1.")
    places = np.flatnonzero(pictures.splits != HELD_BACK)
    bright = np.full(len(pictures), np.inf)
    bright[places] = brightness(pictures.images[places]) if len(places) else 0
    limit = DARK if rule == "not-both-dark" else -np.inf
    chosen = list(islice(_pairs(pictures, places, bright, limit, choice), number))
    if len(chosen) < number:
        raise ValueError(
            f"{pictures.source} makes {len(chosen)} different pairs by the rule {rule}, {number} are wanted. "
            f"Pictures to pair: {len(places)}; those of the validation part are kept to compare with. Give more."
        )
    return [
        Pair(i, a, b, pictures.names[a], pictures.names[b], float(bright[a]), float(bright[b]))
        for i, (a, b) in enumerate(chosen)
    ]


def _pairs(
    pictures: Pictures, places: np.ndarray, bright: np.ndarray, limit: float, choice: int
) -> Iterator[tuple[int, int]]:
    """All pairs there are; when every picture was used once, they come again in another order."""
    turn, seen = 0, set()
    while True:
        waiting, before = _order(pictures, places, f"{choice}.{turn}"), len(seen)
        while waiting:
            a = waiting.pop(0)
            for i, b in enumerate(waiting):
                if max(bright[a], bright[b]) >= limit and frozenset((a, b)) not in seen:
                    seen.add(frozenset((a, b)))
                    waiting.pop(i)
                    yield a, b
                    break
        if len(seen) == before:
            return
        turn += 1


def _order(pictures: Pictures, places: np.ndarray, salt: str) -> list[int]:
    """The pictures in an order as good as random, the test part first."""

    def key(place: int) -> tuple[bool, bytes]:
        name = pictures.names[place].encode("utf-8", "surrogatepass")
        return pictures.splits[place] != "test", hashlib.sha256(salt.encode() + b"\0" + name).digest()

    return sorted(map(int, places), key=key)
