"""Colours against their published end points, and signed pictures against hand-computed grey."""

import numpy as np
import pytest

from studio.figures.colour import heat, hex_stops, lookup, signed_heat, signed_rgb
from studio.figures.digits import short


def test_viridis_is_viridis() -> None:
    assert lookup("viridis").shape == (256, 3)
    for at, rgb in ((0, (68, 1, 84)), (128, (33, 145, 140)), (255, (253, 231, 37))):
        assert np.abs(lookup("viridis")[at].astype(int) - rgb).max() <= 4  # drawn through ten published stops


def test_signed_colours_are_pale_at_nothing_and_mirror_in_lightness() -> None:
    colours = signed_heat(np.array([-2.0, 0.0, 2.0]), limit=2).astype(int)
    assert colours[1].min() > 240
    assert colours[0].sum() == pytest.approx(colours[2].sum(), abs=160)
    assert colours[0, 0] > colours[0, 2]  # orange below
    assert colours[2, 2] > colours[2, 0]  # purple above


def test_heat_takes_end_colours_outside_its_range() -> None:
    values = np.array([[-9.0, 0.0], [1.0, 9.0]])
    assert (heat(values, 0, 1)[0] == lookup("viridis")[0]).all()
    assert (heat(values, 0, 1)[1] == lookup("viridis")[255]).all()
    assert heat(values, 0, 1).shape == (2, 2, 3)


def test_signed_rgb_by_hand() -> None:
    pixels = signed_rgb(np.array([-5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0]), limit=2)
    assert pixels.tolist() == [0, 0, 64, 128, 191, 255, 255]
    assert pixels.dtype == np.uint8


def test_hex_stops_run_from_end_to_end() -> None:
    assert hex_stops("grey", 3) == ["#000000", "#808080", "#ffffff"]


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match=r"'jet'; allowed: viridis"):
        lookup("jet")
    with pytest.raises(ValueError, match="low must be below high"):
        heat(np.zeros(1), 1, 1)
    with pytest.raises(ValueError, match="above 0"):
        signed_rgb(np.zeros(1), 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.012345, "0.0123"), (-1.5, "−1.5"), (0.0, "0"), (123456.0, "123000"), (1e-7, "1e−07"), (2.0, "2")],
)
def test_numbers_have_three_digits_at_most(value: float, text: str) -> None:
    assert short(value) == text
