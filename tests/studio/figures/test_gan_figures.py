"""Figures of a generator: a sheet whose places are found again, and plots that show what they were given."""

import numpy as np
import pytest

from studio.figures import gan as figures

SIDE = 16


def flat(*values: int) -> np.ndarray:
    """One grey picture per value."""
    return np.stack([np.full((SIDE, SIDE, 3), value, np.uint8) for value in values])


def test_each_mixture_lies_where_a_click_finds_it() -> None:
    mixtures = flat(10, 20, 30, 40, 50, 60).reshape(2, 3, SIDE, SIDE, 3)
    sheet = figures.mixing_sheet(flat(100, 110), flat(200, 210, 220), mixtures, [1, 2], [7, 8, 9])
    assert sheet.shape == (3 * (SIDE + 2), 4 * (SIDE + 2), 3)
    for row in range(2):
        for column in range(3):
            y, x = figures.corner(row, column, SIDE)
            inside = sheet[y + 1 : y + 1 + SIDE, x + 1 : x + 1 + SIDE]
            assert (inside == mixtures[row, column]).all()
            for pixel in ((y, x), (y + SIDE + 1, x + SIDE + 1)):
                assert figures.cell(pixel, SIDE) == (row, column)
    assert figures.cell((0, 0), SIDE) == (-1, -1)
    y, x = figures.corner(1, -1, SIDE)
    assert (sheet[y + SIDE, x + SIDE] == 110).all()  # the second parent A, below its seed


def test_curves_of_truncation_stand_on_psi() -> None:
    psi = np.array([-1.0, 0.0, 1.0])
    figure = figures.truncation_figure(psi, {"seed 1": psi**2}, title="t", unit="u", says="s")
    assert figure.data[0].x == pytest.approx(psi)
    assert figure.data[0].y == pytest.approx([1, 0, 1])
    assert [line.x0 for line in figure.layout.shapes] == [0, 1]


def test_the_matrix_has_changed_styles_across_and_what_they_cannot_reach_is_open() -> None:
    matrix = np.array([[0.5, 0.25], [0.0, 1.0]])
    heat = figures.effect_figure(["4 px", "8 px"], ["4 px", "picture"], matrix).data[0]
    assert np.isnan(heat.z[0][1])  # style 8 px, map 4 px
    assert (heat.z[1][0], heat.z[1][1], heat.zmin, heat.zmax) == (0.25, 1.0, 0, 1.0)


def test_strengths_are_bars_by_layer() -> None:
    bars = figures.strength_figure({"4 px": 0.1, "8 px": 0.3}).data[0]
    assert (list(bars.x), list(bars.y)) == (["4 px", "8 px"], [0.1, 0.3])
