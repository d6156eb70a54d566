"""CIFAR-10 as its authors publish it: a folder of python batches, or the tar.gz of it (Krizhevsky, 2009)."""

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from engines.data.archives import MAX_BYTES, stamp
from engines.data.decode import square
from engines.data.listing import Listing, Member
from engines.data.unpickle import PickleError, loads

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_BATCH = re.compile(r"data_batch_\d+|test_batch")
_SIDE = 32
_MAX_TAR = 512 << 20  # the real one unpacks to 178 MB


def is_batches(path: Path) -> bool:
    """Whether a folder holds CIFAR-10 batches."""
    return any(_BATCH.fullmatch(file.name) for file in path.iterdir())


def list_batches(path: Path) -> Listing:
    """List the pictures of a batch folder or tar.gz, in the order of the files; ValueError if a file is not a batch.

    A picture's bytes are the 3072 of its row, three planes of 32×32; its name is `data_batch_1/00017`.
    """
    files = dict(sorted(_folder(path) if path.is_dir() else _tar(path)))
    if not files:
        raise ValueError(f"{path} holds no CIFAR-10 batches (data_batch_1 … test_batch); is it another data set?")
    members: list[Member] = []
    labels: list[int] = []
    for name, data in files.items():
        rows, of = _batch(path, name, data)
        members += [Member(f"{name}/{i:05d}", row.tobytes) for i, row in enumerate(rows)]
        labels += of
    files_of = sorted(file for file in path.iterdir() if _BATCH.fullmatch(file.name)) if path.is_dir() else [path]
    identity = "\n".join(stamp(file) for file in files_of)
    return Listing(tuple(members), tuple(labels), CLASSES, decode_row, lambda _: _SIDE, identity)


def decode_row(data: bytes, size: int) -> np.ndarray:
    """Turn 3072 bytes, three planes of 32×32, into uint8 `(size, size, 3)`."""
    planes = np.frombuffer(data, np.uint8).reshape(3, _SIDE, _SIDE)
    return square(Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0))), size)


def _batch(path: Path, name: str, data: bytes) -> tuple[np.ndarray, list[int]]:
    """One file's rows, uint8 `(N, 3072)`, and labels."""
    try:
        content = loads(data)
    except PickleError as error:
        raise ValueError(f"{name} of {path} is refused: {error}.") from error
    content = {_text(key): value for key, value in content.items()} if isinstance(content, dict) else {}
    rows, labels = content.get("data"), content.get("labels")
    labels = labels.tolist() if isinstance(labels, np.ndarray) else labels
    good = isinstance(rows, np.ndarray) and rows.dtype == np.uint8 and rows.shape[1:] == (3 * _SIDE**2,)
    if not good or not isinstance(labels, list) or len(labels) != len(rows):
        raise ValueError(f"{name} of {path} is no CIFAR-10 batch: it needs data (N, 3072) of uint8 and N labels.")
    if any(type(label) is not int or not 0 <= label < len(CLASSES) for label in labels):
        raise ValueError(f"{name} of {path} has labels out of range; CIFAR-10 has 0 to 9.")
    return rows, labels


def _text(key: object) -> str:
    return key.decode("latin1") if isinstance(key, bytes) else str(key)


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in path.iterdir():
        if _BATCH.fullmatch(file.name) and file.is_file():
            if file.stat().st_size > MAX_BYTES:
                raise ValueError(f"{file} is larger than 64 MB; a CIFAR-10 batch has 31 MB.")
            yield file.name, file.read_bytes()


def _tar(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with gzip.open(path) as packed, tarfile.open(fileobj=_Bounded(packed), mode="r|") as tar:
            for info in tar:
                name = info.name.rsplit("/", 1)[-1]
                if info.isreg() and _BATCH.fullmatch(name):
                    yield name, tar.extractfile(info).read()
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is not a readable tar.gz ({error}); download it again.") from error


class _Bounded:
    """A stream that ends in an error instead of filling the memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.left = _MAX_TAR

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise ValueError("The archive unpacks to more than 512 MB; CIFAR-10 has 178 MB.")
        return data
