"""The loss of a run as a picture: one point more at each sheet, lower losses lower."""

import numpy as np
import pytest

from studio.figures import lapse


def blue(picture: np.ndarray) -> np.ndarray:
    """Where the line is."""
    return (np.abs(picture.astype(int) - (0, 0x72, 0xB2)).sum(-1) < 60).nonzero()


@pytest.mark.parametrize("side", [64, 200])
def test_the_curve_grows_to_the_right_and_falls_with_the_loss(side: int) -> None:
    images, loss = np.arange(100, 1100, 100), np.geomspace(1, 0.01, 10)
    film = lapse.curve(images, loss, side, side)
    assert film.shape == (10, side, side, 3)
    rows, columns = blue(film[-1])
    assert columns.max() > 0.9 * side - 8
    assert columns[rows.argmin()] < columns[rows.argmax()]
    line = np.polyfit(columns, rows, 1)  # a geometric fall is straight on a logarithmic scale
    assert np.abs(np.polyval(line, columns) - rows).max() <= 3
    widths = [np.ptp(blue(frame)[1]) for frame in film[2:]]
    assert widths == sorted(widths)


def test_what_was_not_logged_is_left_out() -> None:
    images, loss = np.arange(1, 5), np.array([np.nan, 1.0, np.nan, 0.5])
    film = lapse.curve(images, loss, 100, 100)
    assert np.array_equal(film[1], film[2])
    assert (film[0] == film[0, 0, 0]).all()
    assert (lapse.curve(images, np.full(4, np.nan), 100, 100) == film[0, 0, 0]).all()
