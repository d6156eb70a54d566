"""The formats a film can be written in, one file each, and what is read back from all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from studio.recipe import Recipe
from studio.services.formats import gif, html, inside, mp4, png, webp
from studio.services.formats.reel import Reel


@dataclass(frozen=True)
class Format:
    """`write` yields b"" after each shot and then the file; `read` finds the text in one. `says` is for whom it is."""

    title: str
    suffix: str
    mime: str
    says: str
    begins: tuple[int, bytes]
    write: Callable[[Reel], Iterator[bytes]]
    read: Callable[[bytes], str | None]


FORMATS = {
    "gif": Format("GIF", "gif", "image/gif", "Plays everywhere; 256 colours.", (0, b"GIF8"), gif.write, gif.read),
    "mp4": Format("MP4", "mp4", "video/mp4", "Small, with a pause; phones, slides.", (4, b"ftyp"), mp4.write, mp4.read),
    "webp": Format("WebP", "webp", "image/webp", "Every pixel exact; browsers.", (8, b"WEBP"), webp.write, webp.read),
    "apng": Format("APNG", "png", "image/png", "Every pixel exact; browsers.", (1, b"PNG\r"), png.write, png.read),
    "html": Format(
        "HTML player",
        "html",
        "text/html",
        "A slider and captions, without a network.",
        (0, b"<!"),
        html.write,
        html.read,
    ),
}

NO_PICTURES = ("mp4", "html")  # no photo can be had of these


def kind(data: bytes) -> str:
    """Which of `FORMATS` a file has, by its first bytes; "" for none."""
    return next((name for name, each in FORMATS.items() if data[each.begins[0] :].startswith(each.begins[1])), "")


def read(data: bytes) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe inside a file and the photos that it needs, in base64; ValueError for a file without a recipe."""
    name = kind(data)
    if not name:
        raise ValueError("This file is none that Whisker writes; drop one that was downloaded from it.")
    text = FORMATS[name].read(data)
    if not text:
        raise ValueError(f"This {FORMATS[name].title} holds no recipe; drop one that was downloaded from Whisker.")
    return inside.unpack(text)
