"""The square of a kept photo that looks like a cat's face: whole pixels, within the photo, and honest."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.services import crops, face, photos, samples
from studio.services.crops import Box

DATA = Path(os.environ.get("WHISKER_TEST_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")


@pytest.fixture(autouse=True)
def sheet(home: Path) -> None:
    if face.FIRST_CHOICE not in samples.sampled():
        pytest.skip(f"checkpoints/{face.FIRST_CHOICE} is not there")


def test_a_cat_on_a_photo_is_proposed_as_a_box_that_can_be_cropped() -> None:
    archive = DATA / "afhq-cat-512-sample.zip"
    if not archive.is_file():
        pytest.skip(f"no real pictures: {archive.name} is not in the test data folder (WHISKER_TEST_DATA)")
    with zipfile.ZipFile(archive) as z, z.open(sorted(z.namelist())[-1]) as file:
        cat = Image.open(file).convert("RGB").resize((200, 200), Image.Resampling.LANCZOS)
    photo = np.full((300, 500, 3), (90, 120, 60), np.uint8)
    photo[60:260, 260:460] = np.asarray(cat)
    digest = photos.store(photo)
    steps = list(face.propose(digest))
    assert steps[-1].done == steps[-1].total == len(steps)
    assert steps[-1].found
    assert steps[-1].clear
    assert steps[-1].line() == "The square that looks most like a cat's face; approximate."
    box = steps[-1].box
    assert abs(box.left + box.side / 2 - 360) < 40
    assert abs(box.top + box.side / 2 - 160) < 40
    assert crops.origin(crops.crop(digest, box)).box == box


def test_where_there_is_no_cat_it_says_so_and_proposes_the_centre() -> None:
    *_, last = face.propose(photos.store(np.full((60, 100, 3), 200, np.uint8)))
    assert not last.found
    assert last.box == Box(20, 0, 60)
    assert "Nothing here looks like" in last.line()


def test_a_cat_that_looks_away_is_said_to_be_hardly_a_face() -> None:
    away = face.Proposed(Box(0, 0, 20), True, False, 1, 1)
    assert "hardly a face" in away.line()


def test_a_photo_that_is_not_here_is_named() -> None:
    with pytest.raises(LookupError, match="not on this machine"):
        next(face.propose("0" * 16))


def test_without_any_samples_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "sampled", lambda: [])
    with pytest.raises(LookupError, match="Crop by hand"):
        next(face.propose(photos.store(np.zeros((20, 20, 3), np.uint8))))
