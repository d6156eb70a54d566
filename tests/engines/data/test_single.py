"""Pictures of a source one by one: numbered as the source lists them, whole, and refused in words."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.data.drawn import draw, factors
from engines.data.single import LARGEST, picture, shelf


@pytest.fixture
def folder(tmp_path: Path, encoded: Callable[..., bytes]) -> Path:
    """Two classes: a wide cat, a broken cat, a dog."""
    root = tmp_path / "pets"
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
    Image.fromarray(wide()).save(root / "cat" / "a.png")
    (root / "cat" / "b.png").write_bytes(b"no picture")
    (root / "dog" / "c.png").write_bytes(encoded(3))
    return root


def wide() -> np.ndarray:
    return np.random.default_rng(9).integers(0, 256, (20, 50, 3), np.uint8)


def test_a_shelf_shows_squares_and_says_which_cannot_be_used(folder: Path) -> None:
    seen = shelf(str(folder), 0, 10, 20)
    assert (seen.total, seen.start, seen.names) == (3, 0, ("cat/a.png", "cat/b.png", "dog/c.png"))
    assert np.array_equal(seen.pictures[0], wide()[:, 15:35])
    assert seen.reasons == ("", "not a JPEG, PNG, WebP, GIF or BMP", "")
    assert (seen.pictures[1] == 128).all()
    assert shelf(str(folder), 2, 10, 16).names == ("dog/c.png",)


def test_a_picture_is_whole(folder: Path, encoded: Callable[..., bytes]) -> None:
    assert np.array_equal(picture(str(folder), 0, 100), wide())
    assert picture(str(folder), 0, 25).shape == (10, 25, 3)
    assert np.array_equal(picture(f"{folder}:dog", 0, 100), np.asarray(Image.open(io.BytesIO(encoded(3)))))


def test_a_zip_is_numbered_like_its_folder(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for file in folder.rglob("*.png"):
            archive.write(file, file.relative_to(folder))
    assert shelf(str(tmp_path / "pets.zip"), 0, 3, 16).names == shelf(str(folder), 0, 3, 16).names
    assert np.array_equal(picture(str(tmp_path / "pets.zip"), 0, 100), wide())


def test_drawings_are_drawn_large_and_shown_small() -> None:
    seen = shelf("drawn:cat", 0, 4, 64)
    cats = [seed for seed in range(40) if factors(seed).species == "cat"][:4]
    assert seen.names == tuple(f"seed-{seed:05d}" for seed in cats)
    drawn = picture("drawn:cat", 3, 1024)
    assert np.array_equal(drawn, draw(cats[3], LARGEST)[0])
    small = np.asarray(Image.fromarray(drawn).resize((64, 64), Image.Resampling.LANCZOS))
    assert np.array_equal(seen.pictures[3], small)


@pytest.mark.parametrize(("index", "word"), [(-1, "allowed: 0 to 2"), (3, "allowed: 0 to 2"), (1, "b.png cannot be")])
def test_what_is_no_picture_is_refused_in_words(folder: Path, index: int, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        picture(str(folder), index, 100)


def test_a_source_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="There is no '/nowhere'"):
        shelf("/nowhere", 0, 1, 16)
