"""Pictures of a source one by one: a few to choose among, and the chosen one whole."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from engines.data.decode import square
from engines.data.listing import Listing, Rejected
from engines.data.where import chosen, listed, parse

LARGEST = 512  # px at which `drawn` draws


@dataclass(frozen=True)
class Shelf:
    """Some pictures of the `total` of a source, from number `start` on: uint8 `(N, size, size, 3)`, and their names.

    A picture that cannot be used is mid-grey, and its reason says why; the reason of the others is "".
    """

    total: int
    start: int
    pictures: np.ndarray
    names: tuple[str, ...]
    reasons: tuple[str, ...]


def shelf(source: str, start: int, number: int, size: int) -> Shelf:
    """Read up to `number` pictures of a source, in the order of the names: the centre square at `size` px.

    Raises ValueError for a source that is missing or has no picture, and for a `start` behind its last one.
    """
    path, wanted = parse(source)
    with listed(path, LARGEST) as listing:
        rows = _rows(listing, wanted, path)
        _within(start, rows, source)
        some = rows[start : start + number]
        pictures = np.full((len(some), size, size, 3), 128, np.uint8)
        reasons = []
        for picture, row in zip(pictures, some, strict=True):
            reasons.append("")
            try:
                picture[:] = _square(listing, row, size)
            except Rejected as reason:
                reasons[-1] = str(reason)
        names = tuple(listing.members[row].name for row in some)
    return Shelf(len(rows), start, pictures, names, tuple(reasons))


def picture(source: str, index: int, longest: int) -> np.ndarray:
    """Picture `index` of a source, uncropped, uint8 `(H, W, 3)`, its longer side at most `longest` px.

    Raises ValueError, also when the picture cannot be used.
    """
    path, wanted = parse(source)
    with listed(path, LARGEST) as listing:
        rows = _rows(listing, wanted, path)
        _within(index, rows, source)
        member = listing.members[rows[index]]
        try:
            data = member.read()
            if listing.whole is not None:
                return listing.whole(data, longest)
            return listing.decode(data, min(listing.side(data), longest))
        except Rejected as reason:
            raise ValueError(f"{member.name} cannot be used: {reason}. Choose another one.") from reason


def _rows(listing: Listing, wanted: tuple[str, ...], path: str) -> list[int]:
    keep = chosen(listing, wanted, path)
    return [row for row, label in enumerate(listing.labels) if label in keep]


def _within(index: int, rows: list[int], source: str) -> None:
    if not rows:
        raise ValueError(f"{source} has no picture.")
    if not 0 <= index < len(rows):
        raise ValueError(f"{source} has no picture {index}; allowed: 0 to {len(rows) - 1}.")


def _square(listing: Listing, row: int, size: int) -> np.ndarray:
    """Of a source that draws at a size of its own, the drawing is made smaller like any other picture."""
    data = listing.members[row].read()
    if listing.whole is not None:
        return listing.decode(data, size)
    return square(Image.fromarray(listing.decode(data, listing.side(data))), size)
