"""Text under pictures: nothing is cut off, nothing is missing, and colour bars show the colours they should."""

from dataclasses import dataclass

import numpy as np
import pytest

from studio.figures import captions

LONG = "t = 412 · step 12 of 20 · SNR −3 dB · from a photo, last 60% of the chain"


@dataclass(frozen=True)
class Part:
    """As a film describes what is where in it."""

    title: str
    left: int
    width: int
    colours: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    unit: str = ""


@pytest.mark.parametrize("width", [48, 64, 128, 256, 1040])
def test_captions_stay_within_the_band(width: int) -> None:
    bands = captions.bands([LONG, "", "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"], width)
    assert bands.shape[0] == 3
    assert bands.shape[2] == width
    assert (bands[1] == 0).all()
    for band in bands[[0, 2]]:
        assert band.max() > 200
        assert (band[:2] == 0).all()
        assert (band[-2:] == 0).all()
        assert (band[:, :2] == 0).all()
        assert (band[:, -2:] == 0).all()


@pytest.mark.parametrize("label", [LONG, "λ ψ η x₀ −∞", "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", "a " * 60])
def test_no_letter_is_lost(label: str) -> None:
    """Ink of the wrapped text against that of its letters one by one."""
    font = captions._font(11)
    lines = list(captions._lines(label, font, 90))
    assert "".join(lines).replace(" ", "") == "".join(label.split())
    assert max(font.getlength(line) for line in lines) <= 90
    assert all(font.getmask(letter).getbbox() for letter in label.replace(" ", ""))


def test_greek_is_not_a_box() -> None:
    font = captions._font(20)
    missing = bytes(font.getmask("\U0010fffe"))
    assert all(bytes(font.getmask(letter)) != missing for letter in "λψη₀−∞·°→")


def test_a_width_that_fits_no_letter_is_said() -> None:
    with pytest.raises(ValueError, match="enlarge the film"):
        captions.bands(["cat"], 16)


def test_one_picture_without_a_scale_has_no_foot() -> None:
    assert captions.foot([Part("x_t", 0, 64)], 256, 4, "#ffffff", "#000000").shape == (0, 256, 3)


def test_each_part_has_its_title_and_bar_under_it() -> None:
    parts = [Part("x_t", 0, 64), Part("heat", 66, 64, ("#ff0000", "#00ff00", "#0000ff"), ("0", "4.2", "8.4"), "× even")]
    foot = captions.foot(parts, 520, 4, "#ffffff", "#000000")
    ink = (foot.astype(int).sum(2) < 380).any(0)
    assert ink[:256].any()
    assert ink[264:].any()
    assert not ink[256:264].any()
    colourful = np.ptp(foot.astype(int), axis=2) > 200
    rows, columns = np.flatnonzero(colourful.any(1)), np.flatnonzero(colourful.any(0))
    assert len(rows) == captions.BAR
    assert 264 < columns[0] <= 264 + captions.ROOM
    row = foot[rows[3]]
    assert row[columns[0]].tolist() == [255, 0, 0]
    assert row[columns[-1]].tolist() == [0, 0, 255]
    middle = (columns[0] + columns[-1]) // 2
    assert row[middle][1] > 250
    assert foot[rows[-1] + 2 :, 264:].min() < 100  # the numbers
