"""Animated WebP: every pixel exact, and smaller than as PNG."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from studio.recipe import DAMAGE
from studio.services.formats.reel import Reel, changed
from studio.services.timing import ticks

CLOCK = 1000  # ticks a second
METHOD, EFFORT = 1, 60  # slower ones save less than they cost
EXIF, DESCRIPTION, COMMENT = 0x8769, 0x010E, 0x9286  # the tags of Exif: its directory, a line, and a comment
ASCII = b"ASCII\0\0\0"


def write(reel: Reel) -> Iterator[bytes]:
    """Yield b"" after each shot, then the file; see https://developers.google.com/speed/webp/docs/riff_container."""
    frames, before = [], None
    for i, tick in enumerate(ticks(reel.seconds, CLOCK).tolist()):
        now = reel.shot(i)
        left, top, right, bottom = changed(before, now, even=True)
        place = (left // 2, top // 2, right - left - 1, bottom - top - 1, tick)
        head = b"".join(_three(number) for number in place) + b"\x02"  # drawn over what is there, as it is
        frames.append(_chunk(b"ANMF", head + _picture(now[top:bottom, left:right])))
        before = now
        yield b""
    width, height = reel.size
    body = [
        _chunk(b"VP8X", bytes([0x0A, 0, 0, 0]) + _three(width - 1) + _three(height - 1)),  # animated, with Exif
        _chunk(b"ANIM", struct.pack("<IH", 0xFFFFFFFF, 0 if reel.loops else 1)),
        *frames,
        _chunk(b"EXIF", _exif(reel)),
    ]
    data = b"WEBP" + b"".join(body)
    yield b"RIFF" + struct.pack("<I", len(data)) + data


def read(data: bytes) -> str | None:
    """The text inside a WebP, None if there is none; ValueError if it is damaged."""
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
            comment = image.getexif().get_ifd(EXIF).get(COMMENT, b"")
    except DAMAGE as error:
        raise ValueError("This WebP is damaged.") from error
    return comment.removeprefix(ASCII).decode(errors="replace") if isinstance(comment, bytes) and comment else None


def _picture(picture: np.ndarray) -> bytes:
    """The chunk that holds one picture, uint8 `(H, W, 3)`, without loss."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(out, "WEBP", lossless=True, method=METHOD, quality=EFFORT)
    file = out.getvalue()
    if file[12:16] != b"VP8L":
        raise AssertionError(f"Pillow wrote a WebP that begins with {file[12:16]!r}.")
    return file[12:]


def _exif(reel: Reel) -> bytes:
    exif = Image.Exif()
    exif[DESCRIPTION] = reel.line.encode()
    exif.get_ifd(EXIF)[COMMENT] = ASCII + reel.text.encode()
    return exif.tobytes()


def _three(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
