"""The sample sheets that checkpoints come with, as single pictures."""

import numpy as np
from PIL import Image

from studio.services import library

GAP = 2  # px between the samples of a sheet


def sampled() -> list[str]:
    """The names of the checkpoints that have a sheet, the one to meet first in front."""
    return [entry.name for entry in library.gallery() if entry.samples is not None]


def tiles(checkpoint: str, number: int, size: int) -> np.ndarray:
    """The first `number` samples of a checkpoint, or as many as there are, uint8 `(N, size, size, 3)`.

    Raises LookupError if there is no such checkpoint or it has no sheet.
    """
    entry = library.find(checkpoint)
    if entry.samples is None:
        raise LookupError(
            f"{checkpoint} has no sheet of samples; there are those of: {', '.join(sampled()) or 'none'}."
        )
    with Image.open(entry.samples) as file:
        sheet = file.convert("RGB")
    pitch = entry.size + GAP
    columns, rows = (sheet.width + GAP) // pitch, (sheet.height + GAP) // pitch
    found = []
    for i in range(min(number, columns * rows)):
        y, x = divmod(i, columns)
        tile = sheet.crop((x * pitch, y * pitch, x * pitch + entry.size, y * pitch + entry.size))
        found.append(np.asarray(tile.resize((size, size), Image.Resampling.LANCZOS) if size != entry.size else tile))
    return np.stack(found)
