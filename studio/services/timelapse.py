"""A run's samples over its training: the sheets that it wrote from one noise, with what it logged beside them."""

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from engines.home import home
from studio.recipe import DAMAGE

GAP = 2  # px between the samples of a sheet
MOST_FRAMES = 121  # of more sheets, every k-th and the last


@dataclass(frozen=True)
class Lapse:
    """The sheets of a run, uint8 `(S, H, W, 3)`, after so many `images`, `(S,)`, seen in training.

    `columns` samples stand side by side. `loss` `(S,)` is the mean training loss since the sheet before, NaN where none
    was logged.
    """

    sheets: np.ndarray
    images: np.ndarray
    loss: np.ndarray
    columns: int

    @property
    def size(self) -> int:
        """The side of a sample in px."""
        return (self.sheets.shape[2] + GAP) // self.columns - GAP

    @property
    def count(self) -> int:
        """How many samples are on a sheet."""
        return self.columns * ((self.sheets.shape[1] + GAP) // (self.size + GAP))

    def sample(self, number: int) -> np.ndarray:
        """One sample over the training, counted from 0, row by row: uint8 `(S, size, size, 3)`."""
        row, column = divmod(number, self.columns)
        y, x = row * (self.size + GAP), column * (self.size + GAP)
        return self.sheets[:, y : y + self.size, x : x + self.size]

    def labels(self) -> list[str]:
        """A line for each sheet."""
        lines = (f"{images:,} pictures seen" for images in self.images.tolist())
        return [
            line + ("" if np.isnan(loss) else f" · loss {loss:.3g}")
            for line, loss in zip(lines, self.loss.tolist(), strict=True)
        ]


def runs() -> list[str]:
    """The runs in the user's home that wrote at least two sheets, latest first, as paths under `runs/`."""
    there = home() / "runs"
    found = {path.parent.parent for depth in ("*", "*/*") for path in there.glob(f"{depth}/samples/*.png")}
    found = [path for path in found if not path.relative_to(there).parts[0].startswith(".") and len(_sheets(path)) > 1]
    found.sort(key=lambda path: _sheets(path)[-1].stat().st_mtime, reverse=True)
    return [path.relative_to(there).as_posix() for path in found]


def there(run: str) -> bool:
    """Whether a run, by its path under `runs/` or its folder, wrote at least two sheets."""
    return len(_sheets(_folder(run))) > 1


def stamp(run: str) -> str:
    """What changes when a run writes another sheet; LookupError where there are none."""
    sheets = _found(run)
    return f"{len(sheets)}-{sheets[-1].name}-{sheets[-1].stat().st_mtime_ns}"


def lapse(run: str) -> Lapse:
    """The sheets of a run, by its path under `runs/` or its folder.

    Raises LookupError where there are none, ValueError for sheets that cannot be read.
    """
    from engines.training.loop import SAMPLES

    paths = _found(run)
    every = -(-(len(paths) - 1) // (MOST_FRAMES - 1)) or 1
    kept = [path for i, path in enumerate(paths) if i % every == 0 or i == len(paths) - 1]
    sheets = [_read(path) for path in kept]
    if len({sheet.shape for sheet in sheets}) != 1:
        raise ValueError(f"The sheets of {run} are of several sizes; they are not of one run.")
    images = np.array([int(path.stem) for path in kept])
    return Lapse(np.stack(sheets), images, _losses(_folder(run), images), math.ceil(SAMPLES**0.5))


def _found(run: str) -> list[Path]:
    if not (sheets := _sheets(_folder(run))):
        raise LookupError(f"{run} has no sheets of samples; give the folder of a run, as given to `train --out`.")
    return sheets


def _folder(run: str) -> Path:
    inside = home() / "runs" / run
    return inside if inside.is_dir() else Path(run).expanduser()


def _sheets(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "samples").glob("*.png") if path.stem.isdigit())


def _read(path: Path) -> np.ndarray:
    try:
        with Image.open(path, formats=["PNG"]) as file:
            return np.asarray(file.convert("RGB"))
    except DAMAGE as error:
        raise ValueError(f"{path.name} of the run cannot be read; it may be being written. Try again.") from error


def _losses(folder: Path, images: np.ndarray) -> np.ndarray:
    """The mean loss from one sheet to the next."""
    from engines.training.log import read

    lines = [line for line in read(folder) if line.get("kind") == "train" and isinstance(line.get("loss"), float)]
    at, losses = (np.array([line[name] for line in lines], float) for name in ("images", "loss"))
    edges = [0, *images.tolist()]
    spans = [losses[(at > low) & (at <= high)] for low, high in pairwise(edges)]
    return np.array([span.mean() if len(span) else np.nan for span in spans])
