"""Photos that a person uploads: checked, whole or cropped, and kept under the digest of what is left of them."""

import base64
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from engines.home import home
from studio.recipe import DAMAGE

LARGEST = 10 * 2**20  # bytes
LARGEST_SIDE = 1024  # px, of a photo that is kept whole or inside a PNG


def keep(data: bytes, size: int) -> str:
    """Keep the centre square of a picture file at `size` px; returns its digest. ValueError if it cannot be used."""
    from engines.data.decode import decode

    return store(_read(decode, data, size))


def keep_whole(data: bytes) -> str:
    """Keep a picture file uncropped, its longer side at most 1024 px; returns its digest. ValueError as for `keep`.

    It is a photo like any other, of which `load` gives the centre square; `crops.crop` cuts another one out of it.
    """
    from engines.data import decode

    return store(_read(decode.whole, data, LARGEST_SIDE))


def store(picture: np.ndarray) -> str:
    """Keep pixels, uint8 `(H, W, 3)`, exactly as they are; returns their digest."""
    digest = hashlib.sha256(picture.tobytes() + bytes(str(picture.shape), "ascii")).hexdigest()[:16]
    file = _path(digest)
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        Image.fromarray(picture).save(part, "PNG")
    os.replace(part.name, file)
    return digest


def load(digest: str, size: int) -> np.ndarray:
    """A kept photo, uint8 `(size, size, 3)`; LookupError if it is not on this machine, ValueError if it is damaged."""
    from engines.data.decode import decode

    return _again(decode, digest, size)


def whole(digest: str) -> np.ndarray:
    """A kept photo uncropped, uint8 `(H, W, 3)`; raises as `load` does."""
    from engines.data import decode

    return _again(decode.whole, digest, LARGEST_SIDE)


def path(digest: str) -> Path:
    """Where a kept photo lies; LookupError if it is not on this machine."""
    if not (file := _path(digest)).is_file():
        raise LookupError("The photo of this link is not on this machine. Upload it again, or drop a PNG made from it.")
    return file


def to_text(digest: str) -> str:
    """A kept photo as base64, to travel inside a PNG."""
    return base64.b64encode(path(digest).read_bytes()).decode()


def from_text(text: str) -> str:
    """Keep a photo that travelled inside a PNG; returns its digest. ValueError if it is damaged."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as image:
            if max(image.size) > LARGEST_SIDE:
                raise ValueError("not a photo that was kept")
            return store(np.array(image.convert("RGB")))
    except DAMAGE as error:
        raise ValueError("The photo inside this PNG is damaged.") from error


def _read(decode: Callable[[bytes, int], np.ndarray], data: bytes, size: int) -> np.ndarray:
    from engines.data.listing import Rejected

    if len(data) > LARGEST:
        raise ValueError(
            f"The photo has {len(data) / 2**20:.0f} MB; allowed are {LARGEST // 2**20} MB. Make it smaller."
        )
    try:
        return decode(data, size)
    except Rejected as reason:
        raise ValueError(f"The photo cannot be used: {reason}. Save it as an ordinary JPEG or PNG.") from reason


def _again(decode: Callable[[bytes, int], np.ndarray], digest: str, size: int) -> np.ndarray:
    from engines.data.listing import Rejected

    try:
        return decode(path(digest).read_bytes(), size)
    except Rejected as reason:
        raise ValueError(f"The kept photo {digest} cannot be used: {reason}. Upload it again.") from reason


def _path(digest: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{16}", digest):
        raise LookupError(f"{digest!r} does not name a photo.")
    return home() / "photos" / f"{digest}.png"
