"""Members of a source become pictures, in threads: Pillow lets go of the interpreter while it decodes."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from engines.data.listing import Listing, Rejected, Skipped
from engines.data.split import SHARES, part

_CHUNK = 128  # pictures decoded ahead of the caller


@dataclass(frozen=True)
class Reading:
    """One member: its picture and part, or why it was skipped; neither when it is not in the part asked for."""

    row: int
    part: str = ""
    image: np.ndarray | None = None
    skipped: Skipped | None = None


def readings(
    listing: Listing, size: int, rows: Sequence[int], split: str | None = None, shares: Sequence[int] = SHARES
) -> Iterator[Reading]:
    """Read and decode the members `rows`, in this order; with `split`, decode those of one part only."""
    one = partial(_read, listing, size, split, shares)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1), "decode") as pool:
        for start in range(0, len(rows), _CHUNK):
            yield from pool.map(one, rows[start : start + _CHUNK])


def _read(listing: Listing, size: int, split: str | None, shares: Sequence[int], row: int) -> Reading:
    member = listing.members[row]
    try:
        data = member.read()
        of = listing.parts.get(member.name) or part(data, shares)
        return Reading(row, of, listing.decode(data, size) if split in (None, of) else None)
    except Rejected as error:
        return Reading(row, skipped=Skipped(member.name, str(error)))
