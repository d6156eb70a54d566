"""Faces: found where they were put, at their size; what is no cat is said to be none."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.home import ROOT
from engines.introspect import faces
from engines.introspect.faces import Proposal, overlap, search, templates

DATA = Path(os.environ.get("WHISKER_TEST_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
PLACES = ((30, 40, 180), (250, 100, 150), (140, 60, 260), (10, 10, 340))  # left, top, side on 480 × 360


@pytest.fixture(scope="module")
def like() -> tuple:
    """The cats that a shipped checkpoint draws, as a template."""
    sheet = ROOT / "checkpoints" / "ddpm-cat-64" / "samples.png"
    if not sheet.is_file():
        pytest.skip("checkpoints/ddpm-cat-64 is not there")
    pixels = np.asarray(Image.open(sheet).convert("RGB"))
    tiles = [pixels[y : y + 64, x : x + 64] for y in range(0, 4 * 66, 66) for x in range(0, 8 * 66, 66)]
    return templates(np.stack(tiles))


@pytest.fixture(scope="module")
def cats() -> list[Image.Image]:
    archive = DATA / "afhq-cat-512-sample.zip"
    if not archive.is_file():
        pytest.skip(f"no real pictures: {archive.name} is not in the test data folder (WHISKER_TEST_DATA)")
    with zipfile.ZipFile(archive) as z:
        names = sorted(name for name in z.namelist() if name.endswith(".jpg"))[: len(PLACES)]
        return [Image.open(io.BytesIO(z.read(name))).convert("RGB") for name in names]


def ground(seed: int) -> Image.Image:
    """Blots of colour, 480 × 360."""
    blots = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(blots).resize((480, 360), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("at", range(len(PLACES)))
def test_a_real_cat_is_found_where_it_was_put(like: tuple, cats: list[Image.Image], at: int) -> None:
    left, top, side = PLACES[at]
    picture = ground(at)
    picture.paste(cats[at].resize((side, side), Image.Resampling.LANCZOS), (left, top))
    steps = list(search(np.asarray(picture), like))
    assert [step.done for step in steps] == list(range(1, steps[-1].total + 1))
    found = steps[-1]
    assert found.found
    assert overlap(found, Proposal(left, top, side, 0)) > 0.5
    middle = (found.left + found.side / 2 - left - side / 2, found.top + found.side / 2 - top - side / 2)
    assert np.hypot(*middle) < 0.2 * side


def test_where_nothing_is_like_a_cat_it_is_the_centre(like: tuple) -> None:
    *_, last = search(np.asarray(ground(7)), like)
    assert not last.found
    assert (last.left, last.top, last.side) == (60, 0, 360)


@pytest.mark.parametrize("shape", [(8, 8), (300, 9), (40, 33)])
def test_every_proposal_lies_within_a_picture_of_any_shape(like: tuple, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    for step in search(picture, like):
        assert 0 <= step.left <= shape[1] - step.side + 1e-6
        assert 0 <= step.top <= shape[0] - step.side + 1e-6
        assert step.side > 0


@pytest.mark.parametrize("picture", [np.zeros((7, 20, 3), np.uint8), np.zeros((20, 20), np.uint8), np.zeros((9, 9, 3))])
def test_what_is_no_picture_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="8 px or more"):
        next(search(picture, ()))


def test_scales_go_from_the_smallest_face_to_the_whole_and_are_few_for_a_long_strip() -> None:
    sides = faces._sides(400, 600)
    assert (sides[0], sides[-1]) == (pytest.approx(80), 400)
    ratios = np.array(sides[1:]) / sides[:-1]
    assert np.allclose(ratios, ratios[0])
    assert 1.1 < ratios[0] <= 1.2
    assert faces._sides(10, 1000) == [10]
    assert faces._sides(100, 1000)[0] == pytest.approx(1000 / 12)


def test_overlap_is_the_shared_area_of_the_covered() -> None:
    whole = Proposal(0, 0, 10, 0)
    assert overlap(whole, whole) == 1
    assert overlap(whole, Proposal(5, 0, 10, 0)) == pytest.approx(50 / 150)
    assert overlap(whole, Proposal(20, 0, 10, 0)) == 0
    assert faces._distinct([whole, Proposal(1, 0, 10, 1)]) == [Proposal(1, 0, 10, 1)]
