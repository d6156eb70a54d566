"""A source becomes one zip of equal square PNGs in StyleGAN's layout, which `sources.load` reads like any other.

`dataset.json` holds StyleGAN's `labels` (null for a single class) and two lists of our own that StyleGAN ignores:
`classes`, the names of the labels, and `splits`, the part of every picture. The parts were decided by the bytes of the
original files, so `load` takes them from there instead of hashing the PNGs, and they survive every change of size.
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engines.data.archives import LABELS
from engines.data.listing import Listing, Skipped, count
from engines.data.reading import Reading, readings
from engines.data.split import PARTS, SHARES, parse_shares
from engines.data.where import chosen, listed, parse

EVERY = 500


@dataclass(frozen=True)
class Progress:
    """So many of `total` files are `done`; `written` counts the pictures of each part. The last one has `finished`."""

    done: int
    total: int
    written: dict[str, int]
    skipped: tuple[Skipped, ...]
    out: Path
    finished: bool = False

    def __str__(self) -> str:
        parts = ", ".join(f"{n} {part}" for part, n in self.written.items())
        if not self.finished:
            return f"{self.done} of {self.total}"
        lines = [f"{self.out}: {sum(self.written.values())} pictures ({parts}); {len(self.skipped)} skipped"]
        if self.skipped:
            lines[0] += f": {count(self.skipped)}"
        return "\n".join([*lines, *(f"  {skip.name!r}: {skip.reason}" for skip in self.skipped)])


def preprocess(source: str, size: int, out_zip: str | Path, split: str | Sequence[int] = SHARES) -> Iterator[Progress]:
    """Write every picture of `source` at `size` × `size` to `out_zip`; yields every 500 files and at the end.

    `split` gives the shares of the parts, such as `80/10/10`; parts that the source itself records stay as they are.
    The zip appears in one move when it is whole: stopping early leaves nothing. Raises ValueError at the call for
    wrong arguments, and later if no picture can be used.
    """
    out, shares = Path(out_zip), parse_shares(split)
    if out.suffix.lower() != ".zip":
        raise ValueError(f"The output is {out.name}; its name must end in .zip.")
    if not 4 <= size <= 2048:
        raise ValueError(f"size is {size}; allowed: 4 to 2048 pixels.")
    path, wanted = parse(str(source))
    return _run(path, wanted, size, out, shares)


def _run(path: str, wanted: tuple[str, ...], size: int, out: Path, shares: Sequence[int]) -> Iterator[Progress]:
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    try:
        with os.fdopen(handle, "wb") as file, listed(path, size) as listing, zipfile.ZipFile(file, "w") as archive:
            keep = chosen(listing, wanted, path)
            rows = [row for row, label in enumerate(listing.labels) if label in keep]
            packer = _Packer(archive, listing, keep)
            for done, reading in enumerate(readings(listing, size, rows, shares=shares), 1):
                packer.add(reading)
                if done % EVERY == 0 and done < len(rows):
                    yield packer.progress(done, len(rows), out)
            packer.finish(path)
            last = packer.progress(len(rows), len(rows), out, finished=True)
        os.chmod(name, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(name, out)
        yield last
    finally:
        Path(name).unlink(missing_ok=True)


class _Packer:
    """The zip being written and what has gone into it."""

    def __init__(self, archive: zipfile.ZipFile, listing: Listing, keep: dict[int, int]) -> None:
        self.archive = archive
        self.listing = listing
        self.keep = keep
        self.labels: list[tuple[str, int]] = []
        self.splits: dict[str, str] = {}
        self.skipped = list(listing.skipped)

    def add(self, reading: Reading) -> None:
        if reading.skipped:
            self.skipped.append(reading.skipped)
            return
        i = len(self.labels)
        name = f"{i // 1000:05d}/img{i:08d}.png"
        self._write(name, _png(reading.image))
        self.labels.append((name, self.keep[self.listing.labels[reading.row]]))
        self.splits[name] = reading.part

    def finish(self, path: str) -> None:
        if not self.labels:
            raise ValueError(f"{path} has no picture that can be used ({count(self.skipped)}).")
        classes = [self.listing.classes[label] for label in self.keep]
        content = {"labels": self.labels if len(classes) > 1 else None, "classes": classes, "splits": self.splits}
        self._write(LABELS, json.dumps(content).encode())

    def progress(self, done: int, total: int, out: Path, finished: bool = False) -> Progress:
        parts = list(self.splits.values())
        return Progress(done, total, {part: parts.count(part) for part in PARTS}, tuple(self.skipped), out, finished)

    def _write(self, name: str, data: bytes) -> None:
        self.archive.writestr(zipfile.ZipInfo(name), data)  # stored, with a fixed date: the same zip every time


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
