"""What commands share: a bar on the terminal, a class by its name, pictures and films in files."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def bar(done: int, total: int, what: str) -> None:
    """How far it is, on one line of a terminal that somebody looks at."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        print(f"\r{what}: {done} of {total}\x1b[K", end=end, file=sys.stderr, flush=True)


def class_index(label: str, classes: Sequence[str]) -> int:
    """The number of a class given by name or number; ValueError lists what there is."""
    if label in classes:
        return list(classes).index(label)
    if label.isdecimal() and int(label) < len(classes):
        return int(label)
    allowed = ", ".join(classes) or "none, this model has no classes"
    raise ValueError(f"Unknown class {label!r}; allowed: {allowed}.")


def write_film(path: Path, pictures: Any) -> None:
    """A GIF or MP4 at four times the size, 12 pictures a second, the last one held for a second and a half."""
    import imageio.v3 as iio
    import numpy as np

    big = pictures.repeat(4, axis=1).repeat(4, axis=2)
    big = np.concatenate([big, np.repeat(big[-1:], 18, axis=0)])
    if path.suffix == ".gif":
        iio.imwrite(path, big, duration=1000 / 12, loop=0)
    else:
        iio.imwrite(path, big, fps=12, codec="libx264", pixelformat="yuv420p", macro_block_size=2)


def write_last(path: Path, pictures: Any) -> None:
    """The last of the pictures, uint8 `(N, H, W, 3)`, as a PNG."""
    from PIL import Image

    Image.fromarray(pictures[-1]).save(path)
