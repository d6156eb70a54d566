"""Features of a reference are computed once: kept on disk under the hash of its pictures."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engines.home import home
from engines.metrics.features import Features, classify, described, extract, join

LIMIT = 256 * 2**20  # bytes on disk: about 50,000 pictures


def remembered(pictures: np.ndarray, network: str = "lite0") -> Iterator[Features]:
    """Yield the features of uint8 pictures `(N, H, W, 3)` as `extract` does, or all in one step if they are known.

    They are known from the second time on, for as long as they are among the `LIMIT` bytes used last.
    """
    file = home() / "cache" / "features" / f"{digest(pictures, network)}.npz"
    if (pool := _read(file)) is not None:
        yield classify(pool, network)
        return
    parts = []
    for part in extract(pictures, network):
        parts.append(part)
        yield part
    _write(file, join(parts).pool)


def digest(pictures: np.ndarray, network: str = "lite0") -> str:
    """The hash, 32 hex digits, of the pictures in their order, of the network and of how it is shown them."""
    state = hashlib.blake2b(f"{described(network)} {pictures.shape}".encode(), digest_size=16)
    state.update(np.ascontiguousarray(pictures))
    return state.hexdigest()


def _read(file: Path) -> np.ndarray | None:
    try:
        with np.load(file, allow_pickle=False) as saved:
            pool = saved["pool"]
        os.utime(file)
    except (
        OSError,
        EOFError,
        KeyError,
        ValueError,
        zipfile.BadZipFile,
    ):  # never written, evicted or damaged: make it anew
        return None
    return pool


def _write(file: Path, pool: np.ndarray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        np.savez(part, pool=pool)
    os.replace(part.name, file)  # a reader sees the whole file or none
    _evict(file.parent)


def _evict(folder: Path) -> None:
    files = sorted(folder.glob("*.npz"), key=lambda f: f.stat().st_mtime, reverse=True)
    total = 0
    for i, file in enumerate(files):
        total += file.stat().st_size
        if total > LIMIT and i > 0:
            file.unlink(missing_ok=True)
