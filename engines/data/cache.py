"""Decoded pictures on disk, decoded once per source and size. An entry is a folder that appears in one move."""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from engines.data.listing import Skipped
from engines.home import home

_VERSION = "1"  # changes when the same file would decode to other pixels
_MAX_BYTES = 4 << 30


@dataclass(frozen=True)
class Decoded:
    """Everything readable of a source: `rows` are the members that `images`, uint8 `(N, size, size, 3)`, came from."""

    images: np.ndarray
    rows: tuple[int, ...]
    parts: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def key(identity: str, size: int) -> str:
    """The name of an entry; another source, another version of it or another size has another name."""
    text = f"{_VERSION}\n{size}\n{identity}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read(name: str) -> Decoded | None:
    """An entry, its pictures mapped from disk rather than read; None if it is missing or damaged."""
    folder = _root() / name
    try:
        index = json.loads((folder / "index.json").read_bytes())
        images = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
        skipped = tuple(Skipped(**skip) for skip in index["skipped"])
        decoded = Decoded(images, tuple(index["rows"]), tuple(index["parts"]), skipped)
        os.utime(folder)
    except (OSError, ValueError, EOFError, KeyError, TypeError):
        return None
    return decoded if len(images) == len(decoded.rows) == len(decoded.parts) else None


def write(name: str, decoded: Decoded) -> None:
    """Keep an entry, and drop the least recently used ones beyond 4 GB. A disk that is full is no error."""
    try:
        root = _root()
        root.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".", dir=root))
    except OSError:
        return
    try:
        np.save(work / "images.npy", decoded.images)
        index = {"rows": decoded.rows, "parts": decoded.parts, "skipped": [asdict(skip) for skip in decoded.skipped]}
        (work / "index.json").write_text(json.dumps(index))
        shutil.rmtree(root / name, ignore_errors=True)
        os.replace(work, root / name)
        _prune(root, keep=name)
    except OSError:
        shutil.rmtree(work, ignore_errors=True)


def _root() -> Path:
    return home() / "cache" / "data"


def _prune(root: Path, keep: str) -> None:
    entries = sorted(root.glob("[!.]*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    used = 0
    for folder in entries:
        used += sum(file.stat().st_size for file in folder.iterdir())
        if used > _MAX_BYTES and folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)
