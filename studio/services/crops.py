"""Squares cut out of kept photos: each is a photo of its own that remembers of which photo it is, and where it lay."""

import json
import os
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from studio.services import photos

LARGEST = 512  # px of a crop
SMALLEST = 8  # px of the photo that a box covers; a picture of less is none


@dataclass(frozen=True)
class Box:
    """A square in whole pixels of a kept photo: `left` and `top` from its corner, and its `side`."""

    left: int
    top: int
    side: int

    @classmethod
    def centre(cls, width: int, height: int) -> Self:
        """The largest square in the middle."""
        side = min(width, height)
        return cls((width - side) // 2, (height - side) // 2, side)

    def within(self, width: int, height: int) -> Self:
        """This box, if it lies within a photo of this size; ValueError says what is allowed."""
        if not all(isinstance(value, int) for value in astuple(self)):
            raise ValueError(f"The box is {astuple(self)}; it must be three whole numbers of pixels: left, top, side.")
        if not SMALLEST <= self.side <= min(width, height):
            raise ValueError(f"The side of the box is {self.side} px; allowed: {SMALLEST} to {min(width, height)} px.")
        if not (0 <= self.left <= width - self.side and 0 <= self.top <= height - self.side):
            raise ValueError(
                f"The box begins at {self.left}, {self.top} and is {self.side} px wide, which leads out of a photo of "
                f"{width} × {height} px; allowed: left 0 to {width - self.side}, top 0 to {height - self.side}."
            )
        return self


@dataclass(frozen=True)
class Crop:
    """Where a crop comes from: the digest of the photo that was kept whole, and the box."""

    original: str
    box: Box


def crop(original: str, box: Box) -> str:
    """Cut a square out of a kept photo and keep it, at most 512 px large; returns its digest.

    A box of up to 512 px keeps its very pixels; a larger one is shrunk by Lanczos, antialiased. Nothing is enlarged:
    `photos.load` does that for who wants more. Raises ValueError for a box that leads out of the photo, LookupError
    for a photo that is not here.
    """
    digest = photos.store(cut(photos.whole(original), box))
    said = {"original": original, "box": astuple(box)}
    with tempfile.NamedTemporaryFile("w", dir=_beside(digest).parent, suffix=".part", delete=False) as part:
        json.dump(said, part)
    os.replace(part.name, _beside(digest))
    return digest


def cut(photo: np.ndarray, box: Box) -> np.ndarray:
    """The square `box` of a photo, uint8 `(H, W, 3)`, as `crop` keeps it: uint8 `(S, S, 3)`, S at most 512."""
    box = box.within(photo.shape[1], photo.shape[0])
    square = photo[box.top : box.top + box.side, box.left : box.left + box.side]
    if box.side <= LARGEST:
        return np.ascontiguousarray(square)
    return np.asarray(Image.fromarray(square).resize((LARGEST, LARGEST), Image.Resampling.LANCZOS))


def origin(digest: str) -> Crop | None:
    """Where a crop comes from; None if it is no crop, or if the whole photo is not here any more."""
    try:
        said = json.loads(_beside(digest).read_text("utf-8"))
        found = Crop(str(said["original"]), Box(*map(int, said["box"])))
        photos.path(found.original)
    except (OSError, LookupError, TypeError, ValueError):
        return None
    return found


def _beside(digest: str) -> Path:
    """The file beside a crop that says where it comes from."""
    return photos.path(digest).with_suffix(".json")
