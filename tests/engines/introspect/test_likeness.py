"""Likeness: 1 where a square is the template's own picture, in the right place, and finer than its grid."""

import numpy as np
import pytest
import torch
from PIL import Image

from engines.introspect.likeness import LAYERS, _seen, likeness, peak, template


def blot(seed: int, side: int) -> np.ndarray:
    """A smooth random picture, uint8 `(side, side, 3)`."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


def test_the_pattern_is_what_all_pictures_have_in_common_at_each_place() -> None:
    pictures = np.stack([blot(0, 64), blot(1, 64)])
    found = template(pictures, 64)
    x = torch.from_numpy(np.stack([pictures[0], pictures[1][:, ::-1]]).transpose(0, 3, 1, 2).copy()).float() / 127.5 - 1
    with torch.no_grad():
        seen = _seen(x)
    for block, (stride, _) in LAYERS.items():
        mean, pattern = found.layers[block]
        assert pattern.shape[1:] == (64 // stride, 64 // stride)
        assert pattern.norm().item() == pytest.approx(1, abs=1e-5)
        expected = seen[block].mean(0) - seen[block].mean((0, 2, 3))[:, None, None]
        assert torch.allclose(pattern, expected / expected.norm(), atol=1e-5)
        assert torch.allclose(mean, seen[block].mean((0, 2, 3)), atol=1e-5)


def test_a_picture_is_perfectly_like_itself() -> None:
    picture = blot(2, 64)
    seen = likeness(picture, 64, template(picture[None], 64))
    assert seen.values.shape == (1, 1)
    assert seen.values[0, 0] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("top", "left"), [(0, 0), (64, 32), (128, 192)])
def test_the_map_is_highest_where_the_picture_lies(top: int, left: int) -> None:
    ground = blot(3, 256).copy()
    ground = np.ascontiguousarray(np.repeat(ground.mean(2, keepdims=True), 3, 2).astype(np.uint8))
    picture = blot(2, 64)
    ground[top : top + 64, left : left + 64] = picture
    seen = likeness(ground, 64, template(picture[None], 64))
    row, column = np.unravel_index(seen.values.argmax(), seen.values.shape)
    assert (row * seen.down, column * seen.across) == (top, left)
    assert seen.values.shape == (25, 25)


def test_another_size_is_looked_for_by_showing_the_picture_smaller() -> None:
    picture = blot(2, 64)
    large = np.asarray(Image.fromarray(picture).resize((128, 128), Image.Resampling.BICUBIC))
    ground = np.full((256, 384, 3), 90, np.uint8)
    ground[64:192, 128:256] = large
    like = template(picture[None], 64)
    right, wrong = likeness(ground, 128, like), likeness(ground, 64, like)
    row, column = np.unravel_index(right.values.argmax(), right.values.shape)
    assert (row * right.down, column * right.across) == (64, 128)
    assert right.values.max() > wrong.values.max()


def test_a_peak_lies_between_two_places() -> None:
    values = -((np.arange(7) - 3.3) ** 2)
    assert peak(values, 3) == pytest.approx(0.3)
    assert peak(values, 0) == peak(values, 6) == 0
    assert peak(np.ones(5), 2) == 0
