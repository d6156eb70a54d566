"""Arrays on disk by key, in folders of the user's cache: damage reads as absence, the least recently used go first."""

import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engines.home import home


def read(folder: str, key: str) -> dict[str, np.ndarray] | None:
    """What was kept under a key; None if nothing was, or it was evicted or is damaged."""
    path = _folder(folder) / f"{key}.npz"
    try:
        with np.load(path, allow_pickle=False) as saved:
            values = {name: saved[name] for name in saved.files}
        os.utime(path)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        return None
    return values


def write(folder: str, key: str, arrays: Mapping[str, np.ndarray], limit: int) -> None:
    """Keep arrays in one move, exactly as they are; the folder keeps within `limit` bytes."""
    place = _folder(folder)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place, suffix=".part", delete=False) as part:
        np.savez(part, **arrays)
    os.replace(part.name, place / f"{key}.npz")
    _evict(place, limit)


def _evict(folder: Path, limit: int) -> None:
    total = 0
    for path in sorted(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime, reverse=True):
        total += path.stat().st_size
        if total > limit:
            path.unlink(missing_ok=True)


def _folder(name: str) -> Path:
    return home() / "cache" / name
