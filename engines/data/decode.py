"""One picture file becomes one uint8 array, square or whole, or is rejected with a short reason.

Converted: grey, palettes, black and white, EXIF orientation, an alpha channel that is opaque everywhere.
Rejected, because any conversion would be a guess that a model then learns: CMYK without its printing profile, 16 bits
per channel of unknown range, real transparency, one frame of an animation; and everything damaged, tiny or huge.
"""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from engines.data.listing import Rejected

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MIN_SIDE = 8
MAX_PIXELS = 80_000_000
_MODES = {"RGB", "L", "P", "1", "RGBA", "LA", "PA", "RGBX"}
_FAULTS = (OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, ArithmeticError, MemoryError)
_DAMAGE = (*_FAULTS, struct.error, zlib.error)  # what Pillow's readers raise on broken files
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(data: bytes, size: int) -> np.ndarray:
    """Read a picture file into uint8 `(size, size, 3)`: centre crop, then Lanczos; `Rejected` says why not."""
    return square(_upright(data), size)


def whole(data: bytes, longest: int) -> np.ndarray:
    """Read a picture file uncropped into uint8 `(H, W, 3)`, its longer side shrunk by Lanczos to at most `longest` px.

    Raises `Rejected` like `decode`, also when the shorter side would shrink to nothing that can be used.
    """
    image = _upright(data)
    times = min(1.0, longest / max(image.size))
    width, height = (max(1, round(length * times)) for length in image.size)
    if min(width, height) < MIN_SIDE:
        raise Rejected(f"too narrow, under {MIN_SIDE} px once it is {longest} px long")
    if (width, height) == image.size:
        return np.array(image)
    return np.array(image.resize((width, height), Image.Resampling.LANCZOS))


def _upright(data: bytes) -> Image.Image:
    """Read a picture file into an RGB image that stands as its camera was held."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check(image, data)
            image.load()
            _check_alpha(image)
            turn = _UPRIGHT.get(image.getexif().get(0x0112, 1))
            image = image.convert("RGBA").convert("RGB") if image.mode in ("P", "PA") else image.convert("RGB")
            return image.transpose(turn) if turn is not None else image
    except Rejected:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Rejected("decompression bomb") from error
    except Image.UnidentifiedImageError as error:
        raise Rejected("not a JPEG, PNG, WebP, GIF or BMP") from error
    except _DAMAGE as error:
        raise Rejected("truncated or damaged") from error


def side(data: bytes) -> int:
    """The shorter side of a picture file in pixels, by its header alone; raises `Rejected` like `decode`."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check(image, data)
            return min(image.size)
    except _DAMAGE as error:
        raise error if isinstance(error, Rejected) else Rejected("truncated or damaged") from error


def square(image: Image.Image, size: int) -> np.ndarray:
    """Crop the centre square of an RGB image and resize it by Lanczos, antialiased, to uint8 `(size, size, 3)`."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return np.array(image.resize((size, size), Image.Resampling.LANCZOS, box=box))


def _check(image: Image.Image, data: bytes) -> None:
    """Reject by the header alone, before any pixel costs memory."""
    if image.width * image.height > MAX_PIXELS:
        raise Rejected("decompression bomb")
    if min(image.size) < MIN_SIDE:
        raise Rejected(f"smaller than {MIN_SIDE} px")
    if image.format != "MPO" and getattr(image, "is_animated", False):  # MPO: a photo with a preview behind it
        raise Rejected("animated")
    if image.mode == "CMYK":
        raise Rejected("CMYK")
    if image.mode.startswith(("I", "F")) or (image.format == "PNG" and data[24] == 16):  # the header's bit depth
        raise Rejected("16-bit")
    if image.mode not in _MODES:
        raise Rejected(f"colour mode {image.mode}")


def _check_alpha(image: Image.Image) -> None:
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] < 255:
        raise Rejected("transparent")
