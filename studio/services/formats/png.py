"""Animated PNG: every pixel exact; where animation is not known, the first frame is shown."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from studio.recipe import DAMAGE, TEXT
from studio.services.formats import inside
from studio.services.formats.reel import Reel, changed
from studio.services.timing import ticks

CLOCK = 1000  # ticks a second
LEVEL = 6  # of compression


def write(reel: Reel) -> Iterator[bytes]:
    """Yield b"" after each shot, then the file; see https://www.w3.org/TR/png-3/#apng-frame-based-animation."""
    width, height = reel.size
    parts = [
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        _chunk(b"acTL", struct.pack(">II", len(reel), 0 if reel.loops else 1)),
        _chunk(b"tEXt", TEXT.encode() + b"\0" + reel.text.encode()),
        _chunk(b"iTXt", b"Description\0\0\0en\0\0" + reel.line.encode()),
    ]
    before, order = None, 0
    for i, tick in enumerate(ticks(reel.seconds, CLOCK).tolist()):
        now = reel.shot(i)
        left, top, right, bottom = changed(before, now)
        box = (right - left, bottom - top, left, top)
        parts.append(_chunk(b"fcTL", struct.pack(">IIIIIHHBB", order, *box, tick, CLOCK, 0, 0)))
        order += 1
        for data in _data(now[top:bottom, left:right]):
            if before is None:
                parts.append(_chunk(b"IDAT", data))
            else:
                parts.append(_chunk(b"fdAT", struct.pack(">I", order) + data))
                order += 1
        before = now
        yield b""
    yield b"".join([*parts, _chunk(b"IEND", b"")])


def read(data: bytes) -> str | None:
    """The text inside a PNG, None if there is none; ValueError if it is damaged."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.load()
            texts = dict(image.text)
    except DAMAGE as error:
        raise ValueError("This PNG is damaged.") from error
    photos = [texts[inside.PHOTO]] if inside.PHOTO in texts else []
    return inside.joined(texts[TEXT], photos) if TEXT in texts else None


def _data(picture: np.ndarray) -> Iterator[bytes]:
    """The compressed data of a picture, uint8 `(H, W, 3)`, as Pillow filters and compresses it."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(out, "PNG", compress_level=LEVEL)
    file, at = out.getvalue(), 8
    while at < len(file):
        length, kind = struct.unpack_from(">I4s", file, at)
        if kind == b"IDAT":
            yield file[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
