"""GIF: 256 colours, one palette for the whole film or one a frame; every browser, slide and chat shows it."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import GifImagePlugin, Image

from studio.recipe import DAMAGE
from studio.services.formats import palettes
from studio.services.formats.reel import Reel, changed, enlarge
from studio.services.timing import ticks

SHADES = 8  # of a palette's 256 colours, from paper to ink, for captions
LEARNED = 300_000  # pixels that a palette is learned from
FOOT = 4096  # and of those, of what stands under the picture
CLOCK, LEAST = 100, 2  # ticks a second; browsers take fewer than 2 for 10


def write(reel: Reel) -> Iterator[bytes]:
    """Yield b"" after each shot, then the file."""
    own = reel.palettes == "each"
    table = None if own else palette(reel, np.unique(reel.index))
    parts, before = [_head(reel, table)], None
    for at, tick in zip(reel.index.tolist(), ticks(reel.seconds, CLOCK, LEAST).tolist(), strict=True):
        if own:
            table = palette(reel, np.array([at]))
        now = _indices(reel, at, table)
        left, top, right, bottom = changed(None if own else before, now)
        image = palettes.image(table, now[top:bottom, left:right])
        parts += GifImagePlugin.getdata(image, (left, top), duration=10 * tick, disposal=1, include_color_table=own)
        before = now
        yield b""
    yield b"".join([*parts, b";"])


def palette(reel: Reel, frames: np.ndarray) -> np.ndarray:
    """The 256 colours, uint8 `(256, 3)`, that come nearest to some frames and to what stands under them.

    A frame weighs as long as it is shown, and a pixel more where the picture is smooth. The last colours, from paper to
    ink, are the captions'.
    """
    pixels, smooth = reel.frames[frames].reshape(len(frames), -1, 3), palettes.smoothness(reel.frames[frames])
    every = -(-smooth.size // LEARNED)
    seconds = np.bincount(reel.index, reel.seconds, minlength=len(reel.frames))[frames]
    weights = (seconds[:, None] * smooth[:, ::every]).ravel()
    pixels = np.ascontiguousarray(pixels[:, ::every]).reshape(-1, 3)
    if reel.print is None:
        return palettes.learned(pixels, weights, 256)
    foot = reel.print.foot.reshape(-1, 3)[:: 1 + reel.print.foot.size // (3 * FOOT)]  # it is there all the time
    pixels, weights = np.concatenate([pixels, foot]), np.concatenate([weights, np.full(len(foot), seconds.sum())])
    return np.concatenate([palettes.learned(pixels, weights, 256 - SHADES), reel.print.shades(SHADES)])


def read(data: bytes) -> str | None:
    """The text inside a GIF, None if there is none; ValueError if it is damaged."""
    try:
        with Image.open(io.BytesIO(data), formats=["GIF"]) as image:
            comment = image.info.get("comment", b"")
    except DAMAGE as error:
        raise ValueError("This GIF is damaged.") from error
    return comment.decode(errors="replace") or None


def _indices(reel: Reel, at: int, table: np.ndarray) -> np.ndarray:
    """A frame as indices of colours, `(height, width)`; reduced before it is enlarged, so a pixel is one colour."""
    colours = palettes.image(table)
    dither = Image.Dither.FLOYDSTEINBERG if reel.dither else Image.Dither.NONE
    picture = enlarge(np.asarray(Image.fromarray(reel.frames[at]).quantize(palette=colours, dither=dither)), reel.scale)
    if reel.print is None:
        return picture
    under = Image.fromarray(reel.print.of(at)).quantize(palette=colours, dither=Image.Dither.NONE)
    return np.concatenate([picture, np.asarray(under)])


def _head(reel: Reel, table: np.ndarray | None) -> bytes:
    width, height = reel.size
    flags = 0x70 if table is None else 0xF7  # a global palette of 2^8 colours follows, or none
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + (b"" if table is None else table.tobytes())
    if reel.loops:
        head += b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"  # for ever
    text = reel.text.encode()
    blocks = (text[i : i + 255] for i in range(0, len(text), 255))
    return head + b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\x00"
