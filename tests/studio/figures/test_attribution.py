"""Attribution maps as pictures: colours, sizes and words by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from studio.figures.attribution import OUTLINE, coloured, enlarged, outlined, overlay, scale, sentence
from studio.figures.colour import lookup

MAP = np.array([[-2.0, 0.0], [1.0, 2.0]])


def test_signed_maps_are_centred_and_strength_starts_at_nothing() -> None:
    assert scale(MAP, True) == ("puor", -2.0, 2.0)
    assert scale(np.abs(MAP), False) == ("viridis", 0.0, 2.0)
    assert scale(np.zeros((2, 2)), True) == ("puor", -1.0, 1.0)


def test_a_single_large_pixel_does_not_pale_the_rest() -> None:
    values = np.ones((64, 64))
    values[3, 3] = 1000
    assert scale(values, False)[2] == 1
    alone = np.zeros((64, 64))
    alone[3, 3] = 5
    assert scale(alone, False)[2] == 5


def test_a_coarse_map_is_enlarged_by_whole_squares() -> None:
    assert enlarged(MAP, 4, 4).tolist() == [[-2, -2, 0, 0]] * 2 + [[1, 1, 2, 2]] * 2
    colours = coloured(MAP, True, 4, 4)
    np.testing.assert_array_equal(colours[0, 0], lookup("puor")[0])
    np.testing.assert_array_equal(colours[3, 3], lookup("puor")[255])
    np.testing.assert_array_equal(colours[0, 3], lookup("puor")[128])


def test_the_map_covers_where_it_is_strong() -> None:
    picture = np.full((4, 4, 3), 100, np.uint8)
    over = overlay(picture, MAP, True, 0.5)
    assert (over[0, 3] == 100).all()  # nothing there, nothing covered
    np.testing.assert_allclose(over[0, 0], 50 + lookup("puor")[0] / 2.0, atol=0.51)
    quarter = 0.75 * 100 + 0.25 * coloured(MAP, True, 4, 4)[3, 0]  # half as strong
    np.testing.assert_allclose(over[3, 0], quarter, atol=0.51)
    np.testing.assert_array_equal(overlay(picture, MAP, True, 0.0), picture)


@pytest.mark.parametrize(("top", "sides"), [(2, 4), (0, 3)])
def test_a_region_has_a_line_around_it_where_there_is_room(top: int, sides: int) -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    out = outlined(black, (slice(top, top + 2), slice(3, 5)))
    line = (out == OUTLINE).all(axis=2)
    assert not line[top : top + 2, 3:5].any()
    assert line.sum() == (12 if sides == 4 else 8)
    assert line[top + 2, 2:6].all()
    assert not black.any()


def test_words_say_the_completeness_error_where_there_is_one() -> None:
    found = SimpleNamespace(score=0.5, reference=0.1, error=-0.004, values=np.full((2, 2), 0.099))
    text = sentence(found, "The mean")
    assert text.startswith("The mean is 0.5, and 0.1 at the baseline: 0.4 to explain.")
    assert "adds up to 0.396; completeness error −0.004 (1 % of it)" in text
    assert "error" not in sentence(SimpleNamespace(**vars(found) | {"error": None}), "The mean")
    assert sentence(SimpleNamespace(**vars(found) | {"reference": None}), "The mean") == "The mean is 0.5."
