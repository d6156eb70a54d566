"""Where pictures come from: `drawn`, a folder, a zip or CIFAR-10's batches, all read into the same `Pictures`.

`SOURCE:class,class` keeps some classes, in the order given. Files that cannot be used are skipped and named.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.data import cache
from engines.data.cache import Decoded
from engines.data.decode import decode
from engines.data.listing import Listing, Rejected, Skipped, count
from engines.data.reading import readings
from engines.data.split import PARTS
from engines.data.where import chosen, listed, parse

__all__ = ["Pictures", "Skipped", "load", "load_photo", "native_size"]
_SIZES = (4, 2048)
_LOOK = 16  # pictures that tell the size of a source


@dataclass(frozen=True)
class Pictures:
    """`images` uint8 `(N, size, size, 3)`, `labels` int64 `(N,)` into `classes`, one name and part per picture.

    `splits` is an array of `train`, `val` and `test`; `skipped` names every file that was left out.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    names: tuple[str, ...]
    splits: np.ndarray
    skipped: tuple[Skipped, ...]
    source: str

    def __len__(self) -> int:
        return len(self.images)


def load(source: str, size: int, *, split: str | None = None, limit: int | None = None) -> Pictures:
    """Read a source at `size` × `size`: centre crop, then Lanczos; in the order of the names.

    `split` keeps one part; `limit` keeps so many pictures, spread over the whole source, and reads little more than
    these. Without `limit`, what was decoded is kept on disk for the next time. Raises ValueError for a source that is
    missing, damaged as a whole or without a readable picture; a part may be empty.
    """
    if not _SIZES[0] <= size <= _SIZES[1]:
        raise ValueError(f"size is {size}; allowed: {_SIZES[0]} to {_SIZES[1]} pixels.")
    if split not in (None, *PARTS):
        raise ValueError(f"split is {split!r}; allowed: {', '.join(PARTS)}.")
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; it must be at least 1.")
    path, wanted = parse(str(source))
    with listed(path, size) as listing:
        keep = chosen(listing, wanted, path)
        name = cache.key("\n".join([listing.identity, *(member.name for member in listing.members)]), size)
        decoded = cache.read(name)
        if decoded is None and limit is None:
            decoded = _decode(listing, size, range(len(listing.members)))
            cache.write(name, decoded)
        if decoded is None:
            rows = [row for row in _spread(listing) if listing.labels[row] in keep]
            decoded = _decode(listing, size, rows, split, limit)
    if not decoded.rows and (split is None or decoded.skipped):
        raise ValueError(f"{path} has no picture that can be used ({count((*listing.skipped, *decoded.skipped))}).")
    return _select(listing, decoded, keep, split, limit, str(source))


def load_photo(path: str | Path, size: int) -> np.ndarray:
    """Read one picture file into uint8 `(size, size, 3)`; ValueError says why it cannot be used."""
    try:
        return decode(Path(path).read_bytes(), size)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except Rejected as error:
        raise ValueError(f"{path} cannot be used: {error}. Give an ordinary RGB picture.") from error


def native_size(source: str) -> int:
    """The size of a source's own pictures: the shortest side among a few of them, 512 at most; 64 for `drawn`."""
    path, _ = parse(str(source))
    with listed(path, 64) as listing:
        sides = []
        for row in _spread(listing)[:_LOOK]:
            with suppress(Rejected):
                sides.append(listing.side(listing.members[row].read()))
    if not sides:
        raise ValueError(f"{path} has no picture that can be used among the {_LOOK} looked at.")
    return min(512, *sides)


def _spread(listing: Listing) -> list[int]:
    """All rows in an order as good as random that depends on the names alone."""
    names = [member.name.encode("utf-8", "surrogatepass") for member in listing.members]
    return sorted(range(len(names)), key=lambda row: hashlib.sha256(names[row]).digest())


def _decode(
    listing: Listing, size: int, rows: range | list[int], split: str | None = None, limit: int | None = None
) -> Decoded:
    """Decode members in the order of `rows` until `limit` are found, and put them back in the listing's order."""
    images = np.empty((min(len(rows), limit or len(rows)), size, size, 3), np.uint8)
    found: list[tuple[int, str]] = []
    skipped = []
    for reading in readings(listing, size, rows, split):
        if reading.skipped:
            skipped.append(reading.skipped)
        if reading.image is None:
            continue
        images[len(found)] = reading.image
        found.append((reading.row, reading.part))
        if len(found) == limit:
            break
    order = sorted(range(len(found)), key=lambda i: found[i])
    images = images[: len(found)] if order == list(range(len(found))) else images[order]
    return Decoded(images, tuple(found[i][0] for i in order), tuple(found[i][1] for i in order), tuple(skipped))


def _select(
    listing: Listing, decoded: Decoded, keep: dict[int, int], split: str | None, limit: int | None, source: str
) -> Pictures:
    at = {row: i for i, row in enumerate(decoded.rows)}
    found = [i for row, i in at.items() if listing.labels[row] in keep and (split is None or decoded.parts[i] == split)]
    if limit is not None and len(found) > limit:
        inside = set(found)
        found = sorted([at[row] for row in _spread(listing) if at.get(row) in inside][:limit])
    rows = [decoded.rows[i] for i in found]
    return Pictures(
        images=np.ascontiguousarray(decoded.images[found]),
        labels=np.array([keep[listing.labels[row]] for row in rows], np.int64),
        classes=tuple(listing.classes[label] for label in keep),
        names=tuple(listing.members[row].name for row in rows),
        splits=np.array([decoded.parts[i] for i in found], dtype="<U5"),
        skipped=(*listing.skipped, *decoded.skipped),
        source=source,
    )
