"""Printed views: what is inside each kind of file, read back."""

import io
import re
import zlib

import numpy as np
import pytest
from PIL import Image

from studio.figures.colour import lookup
from studio.figures.parts import Bars, Lines, Picture, Rows, Table
from studio.figures.printed import DPI, printed

RGB = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
MAP = np.linspace(-2, 2, 64).reshape(8, 8)
ALL: Rows = [
    [Picture("picture", RGB), Picture("map", MAP, "puor", -2, 2, "units")],
    Lines("curves", [0, 1, 2], {"a": [1, 2, 3], "b": [3, 2, 1]}, "t", "nats", log=True),
    [Bars("bars", ["x", "y"], [1.0, -2.0], "unit"), Bars("many", ["z"], [10], log=True)],
    Picture("layer × t", MAP[:2], rows=["up", "down"], columns=[f"t {i}" for i in range(8)]),
    Table("table", ["name", "value"], [["first", 0.123456]]),
]
CAPTION = "ddpm-cat-64 · seed 3"
TEXTS = {"whisker": '{"seed": 3}', "Description": "a cat, η 0.5"}


def png(rows: Rows, caption: str = "caption") -> Image.Image:
    image = Image.open(io.BytesIO(printed(rows, "Title", caption, "png", TEXTS)))
    image.load()
    return image


def strings(pdf: bytes) -> bytes:
    """A PDF's compressed streams, unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return b"".join(zlib.decompressobj().decompress(stream) for stream in streams if stream[:1] == b"\x78")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The whole view as each kind of file."""
    return {kind: printed(ALL, "Title", CAPTION, kind, TEXTS) for kind in ("png", "pdf", "svg")}


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_same_values_give_the_same_bytes(files: dict[str, bytes], kind: str) -> None:
    assert printed(ALL, "Title", CAPTION, kind, TEXTS) == files[kind]


def test_a_png_holds_its_texts_and_stands_on_white(files: dict[str, bytes]) -> None:
    image = Image.open(io.BytesIO(files["png"]))
    image.load()
    assert image.text["whisker"] == TEXTS["whisker"]
    assert image.text["Description"] == TEXTS["Description"]
    assert image.convert("RGB").getpixel((1, 1)) == (255, 255, 255)
    assert image.width == round(7.2 * DPI)


def test_every_pixel_of_a_picture_is_a_square_of_its_own_colour() -> None:
    page = np.array(png([Picture("picture", RGB)]).convert("RGB"))
    inner = RGB[8, 8]
    hits = np.argwhere((page == inner).all(axis=2))
    (top, left), (bottom, right) = hits.min(0), hits.max(0)
    side = bottom - top + 1
    assert side == right - left + 1 > 30
    assert len(hits) == side**2  # a full square, nothing blurred
    for dy, dx in ((-1, 0), (0, 1), (3, -5)):
        assert tuple(page[top + side // 2 + dy * side, left + side // 2 + dx * side]) == tuple(RGB[8 + dy, 8 + dx])


def test_a_map_has_the_colours_of_the_screen_and_a_bar_with_its_ends() -> None:
    page = png([Picture("map", MAP, "puor", -2, 2)]).convert("RGB")
    colours = {colour for _, colour in page.getcolors(maxcolors=2**20)}
    assert {tuple(lookup("puor")[i].tolist()) for i in (0, 255)} <= colours
    assert sum(tuple(colour) in colours for colour in lookup("puor").tolist()) > 200  # the bar shows all of them


def test_a_bar_can_be_left_to_a_neighbour() -> None:
    with_bar = png([Picture("map", MAP)])
    assert png([Picture("map", MAP, bar=False)]).height < with_bar.height


def test_a_pdf_embeds_its_font_and_holds_its_recipe(files: dict[str, bytes]) -> None:
    data = files["pdf"]
    assert data.startswith(b"%PDF")
    assert b"/FontFile2" in data  # TrueType, as type 42
    assert b"/Type3" not in data
    assert b"seed" in data.split(b"/Keywords")[1][:80]
    assert b"CreationDate" not in data
    assert b"Tj" in strings(data) or b"TJ" in strings(data)  # letters, not dots


def test_an_svg_has_outlines_its_recipe_and_no_date(files: dict[str, bytes]) -> None:
    text = files["svg"].decode()
    assert "ddpm-cat-64 · seed 3" in text
    assert '{"seed": 3}' in text.replace("&quot;", '"')
    assert "<text" not in text
    assert "dc:date" not in text


def test_long_titles_and_captions_wrap() -> None:
    long = "a title that goes on and on " * 4
    row = [Picture(long, RGB) for _ in range(4)]
    assert png([row]).height > png([[Picture("short", RGB)] * 4]).height
    assert png([row], "word " * 100).height > png([row]).height


def test_a_map_of_one_value_or_none_can_be_printed() -> None:
    assert Picture("flat", np.zeros((2, 2))).ends == (0.0, 1.0)
    assert Picture("hole", np.array([[np.nan, 1.0], [2.0, 3.0]])).ends == (1.0, 3.0)
    assert Picture("empty", np.full((2, 2), np.nan)).ends == (0.0, 1.0)
    png([Picture("hole", np.array([[np.nan, 1.0], [2.0, 3.0]])), Picture("empty", np.full((2, 2), np.nan))])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Picture("p", np.zeros((4, 4), np.uint8)),
        lambda: Picture("p", np.zeros((4, 4, 3))),
        lambda: Picture("p", MAP, "jet"),
        lambda: Picture("p", MAP, rows=["one"]),
        lambda: Lines("l", [0, 1], {"a": [1]}),
        lambda: Bars("b", ["x"], [1, 2]),
        lambda: Table("t", ["x"], [[1, 2]]),
        lambda: printed([], "t", "c"),
        lambda: printed(ALL, "t", "c", "gif"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_words(make: object) -> None:
    with pytest.raises(ValueError, match=r"\w{3,} .*\w{3,}"):
        make()
