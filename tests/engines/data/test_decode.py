import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from engines.data.decode import decode, whole
from engines.data.listing import Rejected

Encode = Callable[..., bytes]


def _saved(image: Image.Image, suffix: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, suffix, **options)
    return buffer.getvalue()


def _png(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG whose header promises what its single byte of data does not hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def _mix(names: str) -> np.ndarray:
    colours = {"r": (255, 0, 0), "g": (0, 255, 0), "b": (0, 0, 255), "w": (255, 255, 255)}
    rows = [[colours[name] for name in row] for row in names.split("/")]
    return np.kron(np.array(rows, np.uint8), np.ones((8, 8, 1), np.uint8))


@pytest.mark.parametrize("suffix", ["PNG", "BMP", "GIF", "WEBP", "JPEG"])
def test_every_format_is_read(suffix: str) -> None:
    flat = Image.new("RGB", (20, 20), (200, 100, 50))
    assert np.abs(decode(_saved(flat, suffix), 10).astype(int) - (200, 100, 50)).max() <= 3


def test_the_right_size_is_left_as_it_is(encoded: Encode) -> None:
    expected = np.asarray(Image.open(io.BytesIO(encoded(3))))
    np.testing.assert_array_equal(decode(encoded(3), 16), expected)


def test_crops_the_centre_before_resizing() -> None:
    wide = np.concatenate([_mix("r/r"), _mix("gb/gb"), _mix("r/r")], 1)  # red wings of 8 around a 16 × 16 centre
    np.testing.assert_array_equal(decode(_saved(Image.fromarray(wide)), 16), _mix("gb/gb"))


def test_shrinks_by_antialiased_lanczos() -> None:
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    data = _saved(Image.fromarray(board))
    assert np.abs(decode(data, 16)[2:-2, 2:-2].astype(int) - 127).max() <= 2  # sampled, it stays black or white
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    expected = np.asarray(noise.resize((24, 24), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(decode(_saved(noise), 24), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_honours_orientation(orientation: int) -> None:
    """The EXIF table: where row 0 and column 0 of the stored picture belong when it is upright."""
    upright = _mix("rg/bw")
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(decode(_saved(Image.fromarray(stored), exif=exif), 16), upright)


def test_a_whole_picture_keeps_its_pixels_or_shrinks_to_its_longer_side() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 64, 3), dtype=np.uint8))
    np.testing.assert_array_equal(whole(_saved(noise), 64), np.asarray(noise))
    np.testing.assert_array_equal(whole(_saved(noise), 100), np.asarray(noise))  # never enlarged
    expected = np.asarray(noise.resize((32, 15), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(whole(_saved(noise), 32), expected)


def test_a_whole_picture_is_upright_and_checked_like_a_square_one() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = _mix("rgb/bwr")
    np.testing.assert_array_equal(whole(_saved(Image.fromarray(np.rot90(upright)), exif=exif), 64), upright)
    with pytest.raises(Rejected, match="transparent"):
        whole(_saved(Image.new("RGBA", (16, 16), (200, 100, 50, 90))), 64)
    with pytest.raises(Rejected, match="too narrow"):
        whole(_saved(Image.new("RGB", (400, 10))), 64)


def test_grey_palette_and_opaque_alpha_are_converted(encoded: Encode) -> None:
    grey = decode(encoded(mode="L"), 16)
    assert (grey[..., 0] == grey[..., 2]).all()
    assert decode(encoded(mode="P"), 16).shape == (16, 16, 3)
    np.testing.assert_array_equal(decode(encoded(mode="RGBA"), 16), decode(encoded(), 16))


def _rejections() -> dict[str, tuple[bytes, str]]:
    flat = Image.new("RGB", (16, 16), (200, 100, 50))
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    clear = Image.new("RGBA", (16, 16), (200, 100, 50, 90))
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    grey16 = Image.fromarray(np.full((16, 16), 40_000, np.uint16))
    keyed = Image.new("P", (16, 16))
    return {
        "cmyk": (_saved(flat.convert("CMYK"), "JPEG"), "CMYK"),
        "16-bit grey": (_saved(grey16), "16-bit"),
        "16-bit colour": (_png(16, 16, depth=16), "16-bit"),
        "alpha": (_saved(clear), "transparent"),
        "palette with a clear colour": (_saved(keyed, transparency=0), "transparent"),
        "animated gif": (_saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), "animated"),
        "animated webp": (_saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]), "animated"),
        "animated png": (_saved(frames[0], "PNG", save_all=True, append_images=frames[1:]), "animated"),
        "1x1": (_saved(flat.resize((1, 1))), "smaller than 8 px"),
        "a line": (_saved(flat.resize((200, 1))), "smaller than 8 px"),
        "truncated jpeg": (_saved(noise, "JPEG")[:1200], "truncated or damaged"),
        "truncated png": (_saved(noise)[:1200], "truncated or damaged"),
        "too little data": (_png(16, 16), "truncated or damaged"),
        "bomb of 100 megapixels": (_png(10_000, 9_999), "decompression bomb"),
        "bomb of 40 gigapixels": (_png(200_000, 200_000), "decompression bomb"),
        "text": (b"this is no picture", "not a JPEG, PNG, WebP, GIF or BMP"),
        "empty": (b"", "not a JPEG, PNG, WebP, GIF or BMP"),
        "tiff": (_saved(flat, "TIFF"), "not a JPEG, PNG, WebP, GIF or BMP"),
        "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n", "not a JPEG, PNG, WebP, GIF or BMP"),
    }


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", _rejections())
def test_bad_pictures_are_rejected_with_the_reason(kind: str) -> None:
    data, reason = _rejections()[kind]
    with pytest.raises(Rejected) as error:
        decode(data, 16)
    assert str(error.value) == reason


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", ["PNG", "BMP", "GIF", "WEBP", "JPEG"])
def test_damage_never_raises_anything_else(suffix: str) -> None:
    """Cut and flip bytes at random; a picture may survive, the program must."""
    random = np.random.default_rng(1)
    exif = Image.Exif()
    exif[0x0112] = 6
    good = _saved(Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8)), suffix, exif=exif.tobytes())
    rejected = 0
    for _ in range(150):
        data = bytearray(good)
        for place in random.integers(0, min(len(data), 200), 4):
            data[place] = random.integers(0, 256)
        try:
            assert decode(bytes(data[: random.integers(1, 2 * len(data))]), 8).shape == (8, 8, 3)
        except Rejected:
            rejected += 1
    assert rejected > 10
