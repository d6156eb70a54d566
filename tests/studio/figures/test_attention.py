"""Heat over pictures, to the value; a sheet whose cells are where it says."""

import numpy as np
import pytest

from studio.figures.attention import (
    GAP,
    PITCH,
    THUMB,
    cell,
    corner,
    damage_figure,
    enlarge,
    only,
    overlay,
    own,
    sheet,
    top_of,
)
from studio.figures.colour import lookup


def test_enlarging_repeats_cells() -> None:
    small = np.array([[1, 2], [3, 4]])
    assert enlarge(small, 4).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert enlarge(small[None], 3).shape == (1, 3, 3)  # also where it does not divide


def test_heat_lies_over_the_grey_of_the_picture() -> None:
    pictures = np.full((1, 2, 2, 3), (255, 0, 0), np.uint8)
    maps = np.array([[[0, 2], [4, 8]]], np.float32)
    all_heat = overlay(pictures, maps, 4, 1.0)
    assert all_heat[0, 0, 0].tolist() == lookup("viridis")[0].tolist()
    assert all_heat[0, 0, 1].tolist() == lookup("viridis")[128].tolist()
    assert all_heat[0, 1, 0].tolist() == all_heat[0, 1, 1].tolist() == lookup("viridis")[255].tolist()
    half = overlay(pictures, maps, 4, 0.5)
    grey = 0.299 * 255
    assert half[0, 0, 0] == pytest.approx((lookup("viridis")[0] + grey) / 2, abs=1)
    assert overlay(pictures, maps, 4, 0.0) is pictures


def test_scales() -> None:
    assert own(np.array([[[1.0, 2.0]], [[0.0, 0.0]]])).tolist() == [[[0.5, 1.0]], [[0.0, 0.0]]]
    assert top_of([np.arange(101.0), np.arange(101.0, 201.0)]) == pytest.approx(199)  # one value of 201 is above
    assert top_of([np.zeros(3)]) > 0


def test_each_head_has_its_place_on_the_sheet() -> None:
    tiles = [[np.full((g, g), value) for value in (0.0, 1.0)] for g in (2, 4, 16)]
    found = sheet(tiles, ["a\n2", "b", "c"], ["mean", "1"], 1.0)
    for column in range(3):
        for row, level in ((0, 0), (1, 255)):
            y, x = corner(row, column)
            inside = found[y + GAP // 2 : y + GAP // 2 + THUMB, x + GAP // 2 : x + GAP // 2 + THUMB]
            assert (inside == lookup("viridis")[level]).all()
            assert cell((y, x)) == cell((y + PITCH - 1, x + PITCH - 1)) == (row, column)
    assert found.shape == (3 * PITCH, 4 * PITCH, 3)
    assert cell((0, PITCH)) == (-1, 0)
    assert cell((PITCH, 0)) == (0, -1)


def test_a_group_keeps_its_pixels_and_the_rest_goes_dark() -> None:
    picture = np.full((2, 2, 3), (200, 100, 0), np.uint8)
    shown = only(picture, np.array([[True, False], [False, False]]))
    assert shown[0, 0].tolist() == [200, 100, 0]
    assert len(set(shown[1, 1].tolist())) == 1
    assert shown[1, 1, 0] == int((0.299 * 200 + 0.587 * 100) / 3)


def test_the_most_harmful_head_is_on_top() -> None:
    [bars] = damage_figure(["a", "b", "c"], [0.1, 0.3, 0.2], [0.0, 0.1, 0.2]).data
    assert list(bars.y) == ["a", "c", "b"]  # plotly draws from the bottom up
    assert list(bars.x) == [0.1, 0.2, 0.3]
    assert list(bars.customdata) == [0.0, 0.2, 0.1]
