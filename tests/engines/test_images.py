"""Conversion is exact both ways, and grids put each picture where it belongs."""

import numpy as np
import pytest
import torch

from engines.images import grid, quantise, to_tensor, to_uint8


def test_every_byte_survives_the_round_trip() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    x = to_tensor(images)
    assert (float(x.min()), float(x.max())) == (-1, 1)
    assert np.array_equal(to_uint8(x), images)


def test_values_outside_the_range_are_clipped_and_halves_rounded() -> None:
    assert quantise(np.array([-3.0, 0.0, 3.0])).tolist() == [0, 128, 255]
    assert to_uint8(torch.full((1, 3, 1, 1), 2.0)).max() == 255


def test_pictures_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r"uint8 of shape \(B, H, W, C\)"):
        to_tensor(np.zeros((2, 2, 3), np.float32))


def test_grid_places_row_by_row_on_grey() -> None:
    sheet = grid(np.stack([np.full((2, 2, 3), value, np.uint8) for value in (10, 20, 30)]), columns=2, gap=1)
    assert sheet.shape == (5, 5, 3)
    assert [sheet[0, 0, 0], sheet[0, 3, 0], sheet[3, 0, 0], sheet[3, 3, 0], sheet[2, 2, 0]] == [10, 20, 30, 128, 128]
