"""A recipe survives every form it takes, and what is hostile is refused in words."""

import io
import json
import zlib
from dataclasses import asdict, replace

import pytest
from PIL import Image, PngImagePlugin

from studio.recipe import TEXT, Recipe, from_png, png_text

FULL = Recipe(
    "ddpm-cat-64",
    7,
    "ddim",
    50,
    0.35,
    "cat",
    2.5,
    "0123456789abcdef",
    0.45,
    fork=12,
    children=4,
    weights="0123456789ab",
)


def png(**chunks: str) -> bytes:
    """A small PNG with these text chunks."""
    info = PngImagePlugin.PngInfo()
    for name, text in chunks.items():
        info.add_text(name, text)
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def test_json_gives_the_same_recipe_back() -> None:
    assert Recipe.from_json(FULL.to_json()) == FULL


def test_an_address_gives_the_same_recipe_back_but_for_the_weights() -> None:
    back, wrong = Recipe.read(FULL.query())
    assert asdict(back) | {"weights": FULL.weights} == asdict(FULL)
    assert wrong == []


def test_an_address_leaves_defaults_out() -> None:
    assert Recipe("ddpm-cat-64").query() == {"checkpoint": "ddpm-cat-64", "seed": "0"}


def test_a_bad_value_in_an_address_is_named_and_the_rest_is_used() -> None:
    recipe, wrong = Recipe.read({"seed": "7", "steps": "many", "unknown": "1"})
    assert (recipe.seed, recipe.steps) == (7, 20)
    assert len(wrong) == 1
    assert "many" in wrong[0]


def test_a_png_gives_the_recipe_and_the_photo_back() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=png_text(FULL, "cGhvdG8="))
    assert from_png(out.getvalue()) == (FULL, "cGhvdG8=")


def test_a_png_says_its_recipe_to_people() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=png_text(FULL))
    said = Image.open(out).text["Description"]
    assert all(word in said for word in ("ddpm-cat-64", "seed 7", "50 steps", "η 0.35", "cat"))


def bomb() -> bytes:
    """A PNG header that claims 60,000 × 60,000 pixels."""
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    whole = len(header[4:]).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + whole + png()[33:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        png(),
        png()[:40],
        bomb(),
        png(**{TEXT: "not JSON"}),
        png(**{TEXT: "[1, 2]"}),
        png(**{TEXT: "[" * 100_000}),
        png(**{TEXT: '{"version": 999}'}),
        png(**{TEXT: '{"version": 1, "seed": Infinity}'}),
        png(**{TEXT: '{"version": 1, "steps": {"a": 1}}'}),
        png(**{TEXT: '{"version": 1, "steps": 1000000000}'}),
        png(**{TEXT: '{"version": 1, "eta": NaN}'}),
        png(**{TEXT: '{"version": 1, "sampler": "__import__"}'}),
        png(**{TEXT: '{"version": 1, "photo": "../../etc/passwd"}'}),
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_a_png_without_a_usable_recipe_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w{3,}"):
        from_png(data)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"steps": 21},
        {"sampler": "heun"},
        {"weights": "ba9876543210"},
        {"photo": "fedcba9876543210"},
        {"start": 0.5},
        {"label": "dog"},
    ],
)
def test_the_key_tells_pictures_apart(change: dict[str, object]) -> None:
    assert Recipe(**asdict(FULL) | change).key != FULL.key


def test_the_key_does_not_change_with_what_changes_no_picture() -> None:
    assert Recipe(**asdict(FULL) | {"fork": 3, "children": 9}).key == FULL.key
    assert Recipe("a", start=0.3).key == Recipe("a", start=0.9).key  # without a photo there is nothing to start from
    assert Recipe("a", sampler="heun", eta=0.3).key == Recipe("a", sampler="heun").key  # only DDIM has an η
    assert Recipe("a", guidance=3.0).key == Recipe("a").key  # without a class there is nothing to follow


def test_json_is_one_line_of_sorted_keys() -> None:
    text = FULL.to_json()
    assert "\n" not in text
    assert list(json.loads(text)) == sorted(json.loads(text))


VIEW = "attention?layer=up.6.attention&pixel=3,4&target=odds+of%20a+cat"


def test_a_view_travels_in_the_file_and_is_neither_in_the_key_nor_in_the_address() -> None:
    seen = replace(FULL, view=VIEW)
    assert Recipe.from_json(seen.to_json()) == seen
    assert seen.key == FULL.key
    assert seen.query() == FULL.query()
    assert "view" not in FULL.to_json()


@pytest.mark.parametrize(
    "view", ["https://elsewhere.example", "//elsewhere.example", "javascript:alert(1)", "a?b=<script>", "a b", "A/../b"]
)
def test_a_view_never_leads_elsewhere(view: str) -> None:
    recipe, wrong = Recipe.read({"view": view})
    assert recipe.view == ""
    assert "page" in wrong[0]
