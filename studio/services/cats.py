"""A cat as an address names it: a seed of a checkpoint, or a photo that was kept; and the picture of it."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from PIL import Image

from studio.recipe import LARGEST_SEED, PASS, Recipe
from studio.services import generate, photos
from studio.services.generate import Progress

REMEMBERED = 64  # pictures of one pass, 12 KiB each; chains are kept on disk
_NAME = r"\w[\w.-]{0,99}"
_HOW = "Write seed:12, seed:CHECKPOINT:12 or photo:DIGEST."
_passed: OrderedDict[str, np.ndarray] = OrderedDict()


@dataclass(frozen=True)
class Cat:
    """Seed `seed` of `checkpoint`, "" for the page's own; or, if there is one, the photo with the digest `photo`.

    Its text goes into addresses: `seed:12`, `seed:projected-cat-64:12`, `photo:0123456789abcdef`.
    """

    checkpoint: str = ""
    seed: int = 0
    photo: str = ""

    def __post_init__(self) -> None:
        if self.photo and (self.checkpoint or self.seed):
            raise ValueError("A cat is a seed or a photo, not both. Leave one of them out.")
        if self.photo and not re.fullmatch(r"[0-9a-f]{16}", self.photo):
            raise ValueError(f"Photo {self.photo[:40]!r} is not a digest of 16 hexadecimal digits. {_HOW}")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise ValueError(f"Seed is {self.seed}; allowed: 0 to {LARGEST_SEED}.")
        if self.checkpoint and not re.fullmatch(_NAME, self.checkpoint):
            raise ValueError(f"{self.checkpoint[:40]!r} is no name of a checkpoint: letters, digits, dots, dashes.")

    @classmethod
    def read(cls, text: str) -> Self:
        """The inverse of `str`; ValueError says in words what is wrong."""
        kind, _, rest = text.partition(":")
        if kind == "photo":
            if not rest:
                raise ValueError(f"{text!r} names no photo. {_HOW}")
            return cls(photo=rest)
        name, colon, number = rest.rpartition(":")
        if kind != "seed" or not re.fullmatch(r"[0-9]{1,10}", number) or (colon and not name):
            raise ValueError(f"{text[:60]!r} is no cat. {_HOW}")
        return cls(name, int(number))

    def __str__(self) -> str:
        """The text of an address."""
        if self.photo:
            return f"photo:{self.photo}"
        return f"seed:{self.checkpoint}:{self.seed}" if self.checkpoint else f"seed:{self.seed}"

    def line(self) -> str:
        """The cat for a person to read."""
        if self.photo:
            return f"photo {self.photo[:6]}"
        return f"seed {self.seed}" + (f" of {self.checkpoint}" if self.checkpoint else "")


def recipe(cat: Cat, default_checkpoint: str) -> Recipe:
    """How a cat of a seed is drawn: 20 steps of DPM-Solver++ or one pass. ValueError for a photo, which nobody drew.

    Raises LookupError if there is no such checkpoint.
    """
    if cat.photo:
        raise ValueError("A photo has no recipe; give a cat of a seed.")
    return generate.complete(Recipe(cat.checkpoint or default_checkpoint, cat.seed))


def drawing(cat: Cat, size: int, default_checkpoint: str) -> Iterator[Progress]:
    """Yield the picture of a cat, uint8 `(1, size, size, 3)`, after every network step; one that is known at once.

    Raises LookupError if the checkpoint or the photo is not here, ValueError if the photo is damaged.
    """
    if cat.photo:
        yield Progress(1, 1, photos.load(cat.photo, size)[None])
        return
    how = recipe(cat, default_checkpoint)
    if how.sampler == PASS:
        yield Progress(1, 1, _fit(_pass(how), size)[None])
        return
    from engines.images import quantise

    for chain in generate.chain(how):
        seen = chain.x_t[-1] if chain.done else chain.x0[-1]
        yield Progress(int(chain.index[-1]), chain.total, _fit(quantise(seen), size)[None])


def picture(cat: Cat, size: int, default_checkpoint: str) -> np.ndarray:
    """The picture of a cat, uint8 `(size, size, 3)`; raises as `drawing` does.

    At the checkpoint's own size it is exactly what the checkpoint draws; at others it is resized by Lanczos.
    """
    *_, last = drawing(cat, size, default_checkpoint)
    return last.pictures[0]


def _pass(how: Recipe) -> np.ndarray:
    if (known := _passed.get(how.key)) is not None:
        return known
    *_, last = generate.pictures(how, 1)
    _passed[how.key] = last.pictures[0]
    while len(_passed) > REMEMBERED:
        _passed.popitem(last=False)
    return last.pictures[0]


def _fit(drawn: np.ndarray, size: int) -> np.ndarray:
    from engines.data.decode import square

    return square(Image.fromarray(drawn), size)
