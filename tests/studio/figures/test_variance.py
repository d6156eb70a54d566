"""Per-pixel variance against hand-computed numbers, drawn in whole screen pixels."""

import numpy as np
import pytest

from studio.figures.variance import pixel_variance, variance_figure


def test_variance_by_hand() -> None:
    children = np.zeros((2, 1, 2, 2))
    children[1, 0, 1] = [2.0, 4.0]  # ((±1)² · 2 + (±2)² · 2) / (2 − 1), mean of 2 and 8
    assert pixel_variance(children).tolist() == [[0.0, 5.0]]
    with pytest.raises(ValueError, match="at least 2"):
        pixel_variance(children[:1])


def test_each_value_takes_a_whole_number_of_screen_pixels() -> None:
    figure = variance_figure(np.ones((12, 20)), children=8, scale=4)
    layout = figure.layout
    assert layout.width - layout.margin.l - layout.margin.r == 80
    assert layout.height - layout.margin.t - layout.margin.b == 48
    assert figure.data[0].zmin == 0
    assert "8 children" in layout.title.text
    assert layout.yaxis.range[0] > layout.yaxis.range[1]  # row 0 on top, as in the picture
