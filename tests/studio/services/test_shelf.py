"""Data to pick a cat from: numbered, kept as photos that can be cropped again, never named by a path."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.data import single
from studio.services import crops, photos, samples, shelf
from studio.services.crops import Box

NOISE = np.random.default_rng(0).integers(0, 256, (20, 50, 3), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "pets").mkdir()
    Image.fromarray(NOISE).save(tmp_path / "pets" / "wide.png")
    return str(tmp_path / "pets")


def test_a_picture_of_a_folder_is_kept_whole_and_as_its_centre(home: Path, folder: str) -> None:
    seen, total = shelf.look(shelf.FOLDER, folder, 0, 5, 20)
    digest = shelf.take(shelf.FOLDER, folder, 0)
    assert total == 1
    assert np.array_equal(seen[0], NOISE[:, 15:35])
    assert np.array_equal(photos.load(digest, 20), NOISE[:, 15:35])
    found = crops.origin(digest)
    assert found.box == Box(15, 0, 20)
    assert np.array_equal(photos.whole(found.original), NOISE)


def test_drawn_cats_are_cats_only(home: Path) -> None:
    seen, total = shelf.look(shelf.DRAWN, "", 2, 3, 32)
    assert seen.shape == (3, 32, 32, 3)
    assert total == single.shelf("drawn:cat", 0, 1, 16).total
    assert np.array_equal(photos.whole(shelf.take(shelf.DRAWN, "", 2)), single.picture("drawn:cat", 2, 1024))


def test_a_sample_of_a_checkpoint_keeps_its_pixels(home: Path) -> None:
    names = [name for name in shelf.origins() if name not in (shelf.DRAWN, shelf.FOLDER)]
    if not names:
        pytest.skip("no checkpoint with a sheet of samples is shipped")
    tiles = samples.tiles(names[0], 3, 64)
    seen, total = shelf.look(names[0], "", 2, 10, 64)
    assert (len(seen), total) == (10, 64)
    assert np.array_equal(seen[0], tiles[2])
    digest = shelf.take(names[0], "", 2)
    assert np.array_equal(photos.load(digest, 64), tiles[2])
    with pytest.raises(ValueError, match="allowed: 0 to 63"):
        shelf.take(names[0], "", 64)


@pytest.mark.parametrize(
    ("origin", "path", "error", "word"),
    [
        (shelf.FOLDER, " ", ValueError, "Write the path"),
        (shelf.FOLDER, "/nowhere", ValueError, "There is no '/nowhere'"),
        ("lion", "", LookupError, "no checkpoint 'lion'"),
    ],
)
def test_what_is_not_there_is_named(home: Path, origin: str, path: str, error: type, word: str) -> None:
    with pytest.raises(error, match=word):
        shelf.take(origin, path, 0)
