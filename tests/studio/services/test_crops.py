"""Crops: the very pixels of their box, kept as photos of their own, that know where they come from."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.data.sources import load_photo
from studio.services import crops, photos
from studio.services.crops import Box, Crop, crop, origin

NOISE = np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8)


@pytest.fixture
def original(home: Path) -> str:
    return keep(NOISE)


def keep(picture: np.ndarray) -> str:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return photos.keep_whole(out.getvalue())


@pytest.mark.parametrize("box", [Box(0, 0, 120), Box(80, 0, 120), Box(13, 40, 64), Box(150, 70, 50), Box(0, 0, 8)])
def test_a_small_box_keeps_its_very_pixels(original: str, box: Box) -> None:
    kept = photos.whole(crop(original, box))
    assert np.array_equal(kept, NOISE[box.top : box.top + box.side, box.left : box.left + box.side])


def test_a_large_box_is_shrunk_to_512_px_by_antialiased_lanczos(home: Path) -> None:
    board = np.repeat((np.indices((1024, 1024)).sum(0) % 2 * 255).astype(np.uint8)[..., None], 3, 2)
    kept = photos.whole(crop(keep(board), Box(0, 0, 1024)))
    assert kept.shape == (512, 512, 3)
    assert np.abs(kept[4:-4, 4:-4].astype(int) - 127).max() <= 2  # sampled, it stays black or white


def test_a_crop_remembers_where_it_comes_from_until_that_is_gone(original: str) -> None:
    box = Box(13, 40, 64)
    digest = crop(original, box)
    assert origin(digest) == Crop(original, box)
    assert origin(original) is None
    photos.path(original).unlink()
    assert origin(digest) is None
    assert photos.load(digest, 64).shape == (64, 64, 3)


def test_a_damaged_note_is_none(original: str) -> None:
    digest = crop(original, Box(13, 40, 64))
    for text in ("", "{}", "[]", '{"original": "../../etc/passwd", "box": [1, 2, 3]}', '{"original": 1, "box": "x"}'):
        photos.path(digest).with_suffix(".json").write_text(text)
        assert origin(digest) is None


def test_a_crop_of_a_crop_is_a_crop(original: str) -> None:
    inner = crop(crop(original, Box(10, 20, 100)), Box(5, 6, 30))
    assert np.array_equal(photos.whole(inner), NOISE[26:56, 15:45])


@pytest.mark.parametrize("size", [16, 50, 64, 128])
def test_a_command_reads_the_very_pixels_that_a_page_shows(original: str, size: int) -> None:
    for box in (Box(150, 70, 50), Box(0, 0, 120)):
        digest = crop(original, box)
        assert np.array_equal(load_photo(photos.path(digest), size), photos.load(digest, size))


@pytest.mark.parametrize(
    ("box", "word"),
    [
        (Box(0, 0, 7), "allowed: 8 to 120 px"),
        (Box(0, 0, 121), "allowed: 8 to 120 px"),
        (Box(-1, 0, 60), "left 0 to 140, top 0 to 60"),
        (Box(141, 0, 60), "left 0 to 140, top 0 to 60"),
        (Box(0, 61, 60), "leads out of a photo of 200 × 120 px"),
        (Box(0.5, 0, 60), "whole numbers"),
    ],
)
def test_a_box_that_leads_out_is_refused_in_words(original: str, box: Box, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        crop(original, box)
    assert len(list(photos.path(original).parent.iterdir())) == 1


def test_the_centre_is_the_largest_square_in_the_middle(original: str) -> None:
    box = Box.centre(200, 120)
    assert box == Box(40, 0, 120)
    assert np.array_equal(crops.cut(NOISE, box), photos.load(original, 120))
