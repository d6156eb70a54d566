"""Pictures of data to pick a cat from: drawings, checkpoints' samples, or a folder or zip on this machine."""

import numpy as np

from studio.services import crops, library, photos, samples
from studio.services.crops import Box

DRAWN, FOLDER = "drawn", "folder"
SHEET = 64  # samples of a sheet
_CATS = "drawn:cat"


def origins() -> list[str]:
    """Where pictures can come from: `drawn`, the checkpoints that have a sheet of samples, and `folder`."""
    return [DRAWN, *samples.sampled(), FOLDER]


def look(origin: str, path: str, start: int, number: int, size: int) -> tuple[np.ndarray, int]:
    """Up to `number` pictures from number `start` on, uint8 `(N, size, size, 3)`, and how many there are in all.

    `path` is where a folder or zip lies. One that cannot be used is mid-grey. Raises LookupError or ValueError for what
    is not there.
    """
    if origin in (DRAWN, FOLDER):
        from engines.data import single

        seen = single.shelf(_source(origin, path), start, number, size)
        return seen.pictures, seen.total
    tiles = samples.tiles(origin, SHEET, size)
    if not 0 <= start < len(tiles):
        raise ValueError(f"{origin} has no sample {start}; allowed: 0 to {len(tiles) - 1}.")
    return tiles[start : start + number], len(tiles)


def take(origin: str, path: str, index: int) -> str:
    """Keep a picture as a photo, its centre square cut out of it; returns its digest. Raises as `look` does."""
    if origin in (DRAWN, FOLDER):
        from engines.data import single

        picture = single.picture(_source(origin, path), index, photos.LARGEST_SIDE)
    else:
        found, _ = look(origin, path, index, 1, library.find(origin).size)
        picture = found[0]
    height, width = picture.shape[:2]
    return crops.crop(photos.store(np.ascontiguousarray(picture)), Box.centre(width, height))


def _source(origin: str, path: str) -> str:
    if origin == DRAWN:
        return _CATS
    if not path.strip():
        raise ValueError("No folder is given. Write the path of a folder of pictures, or of a zip of one.")
    return path.strip()
