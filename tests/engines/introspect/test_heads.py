"""Measures of attention against numbers computed by hand."""

import math

import numpy as np
import pytest

from engines.introspect.attention import Attention, Layer
from engines.introspect.heads import clusters, distances, entropy, measure, reach, received, thirds, token, token_maps

# Four pixels of a 2×2 grid: the first looks at itself, the second evenly, the third at 0 and 3, the last at 0.
W = np.array([[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0, 0, 0.5], [1, 0, 0, 0]], np.float16)


def layer(name: str, side: int, keys: int, cross: bool = False) -> Layer:
    return Layer(name, name, side, 1, keys, cross)


def test_received_attention_is_the_mean_of_a_column() -> None:
    assert received(W).tolist() == [0.6875, 0.0625, 0.0625, 0.1875]


def test_entropy_is_in_bits() -> None:
    assert entropy(W) == pytest.approx((0 + 2 + 1 + 0) / 4)


def test_reach_is_in_pixels_of_the_picture() -> None:
    """In a picture of 8×8 a cell is 4 pixels wide; the diagonal is 4√2."""
    diagonal = 4 * math.sqrt(2)
    even = (4 + 0 + diagonal + 4) / 4  # the second pixel, at the right above
    assert reach(W, 8) == pytest.approx((0 + even + (0.5 * 4 + 0.5 * 4) + diagonal) / 4, rel=1e-6)


def test_distances_count_cells_row_by_row() -> None:
    assert distances(9, 3)[0].tolist() == pytest.approx([0, 1, 2, 1, 2**0.5, 5**0.5, 2, 5**0.5, 8**0.5])


def test_measures_of_each_frame_and_head() -> None:
    even, own = np.full((4, 4), 0.25, np.float16), np.eye(4, dtype=np.float16)
    found = measure(np.stack([[even, own], [W, W]]), 2, cross=False)
    assert found.entropy[0] == pytest.approx([2, 0])
    assert found.spread[0] == pytest.approx([1, 0])
    assert found.reach[0] == pytest.approx([(0 + 1 + 1 + 2**0.5) / 4, 0])
    assert found.peak.tolist() == [[1, 1], [2.75, 2.75]]
    assert found.entropy.shape == (2, 2)


def test_class_tokens_have_no_place_and_so_no_reach() -> None:
    found = measure(np.full((1, 1, 4, 2), 0.5, np.float16), 8, cross=True)
    assert np.isnan(found.reach).all()
    assert (found.entropy.item(), found.spread.item(), found.peak.item()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("pixel", "index"), [((0, 0), 0), ((15, 15), 0), ((15, 16), 1), ((16, 0), 4), ((63, 63), 15), ((40, 20), 9)]
)
def test_a_pixel_lies_in_one_cell_of_a_layer(pixel: tuple[int, int], index: int) -> None:
    assert token(pixel, 64, 4) == index


@pytest.mark.parametrize("pixel", [(-1, 0), (0, 64), (64, 0)])
def test_a_pixel_outside_is_refused(pixel: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="64×64"):
        token(pixel, 64, 4)


@pytest.mark.parametrize(
    ("frames", "means"),
    [(6, [0.5, 2.5, 4.5]), (7, [1, 3.5, 5.5]), (3, [0, 1, 2]), (2, [0, 1, 1]), (1, [0, 0, 0])],
)
def test_thirds_of_a_chain(frames: int, means: list[float]) -> None:
    assert thirds(np.arange(frames, dtype=np.float32)[:, None])[:, 0].tolist() == means


def test_token_maps_are_the_mean_over_steps_heads_and_layers() -> None:
    """Two layers whose weights are the same everywhere: enlarging changes nothing, so the mean is known."""
    one = np.tile(np.array([0.75, 0.25], np.float16), (3, 1, 4, 1))  # (S, heads, N, M)
    two = np.tile(np.array([0.25, 0.75], np.float16), (3, 1, 1, 1))
    two[1:] = [1, 0]
    own = np.ones((3, 1, 1, 1), np.float16)
    kinds = (layer("a", 2, 2, True), layer("b", 1, 2, True), layer("self", 1, 1))
    seen = Attention(kinds, (one, two, own))
    maps = token_maps(seen, slice(0, 1), 8)
    assert maps.shape == (2, 8, 8)
    assert maps[0] == pytest.approx(0.5)
    assert token_maps(seen, slice(None), 8)[0] == pytest.approx((3 * 0.75 + 0.25 + 1 + 1) / 6)


def test_token_maps_are_enlarged_bicubically_and_never_negative() -> None:
    """A step from 0 to 1 overshoots: below 0 it is cut, above 1 it stays."""
    step = np.zeros((1, 1, 16, 2), np.float16)
    step[0, 0, :, 0] = np.tile([0, 0, 1, 1], 4)
    step[0, 0, :, 1] = 1 - step[0, 0, :, 0]
    first, second = token_maps(Attention((layer("a", 4, 2, True),), (step,)), slice(None), 16)
    assert first.min() == 0
    assert first.max() > 1
    assert first == pytest.approx(second[:, ::-1], abs=1e-6)
    assert (np.diff(first[0][5:11]) > 0).all()


def test_without_class_tokens_there_is_no_map() -> None:
    with pytest.raises(ValueError, match="without cross-attention"):
        token_maps(Attention((layer("a", 2, 4),), (W[None, None],)), slice(None), 8)


def test_pixels_that_look_alike_form_a_group() -> None:
    """A 4×4 grid whose left column, whose right column and whose middle each look among themselves."""
    group = np.tile([1, 0, 0, 2], 4)
    weights = (group[:, None] == group).astype(np.float32)
    weights /= weights.sum(-1, keepdims=True)
    coarse = np.full((2, 1, 4, 4), 0.25, np.float16)  # a coarser layer has no say
    fine = np.broadcast_to(weights.astype(np.float16), (2, 1, 16, 16))
    found = clusters(Attention((layer("fine", 4, 16), layer("coarse", 2, 4)), (fine, coarse)), slice(None), 3)
    assert (found[:, 1:3] == 0).all()  # the largest group comes first
    assert len({int(found[0, 0]), int(found[0, 3])}) == 2
    assert (found == found[0]).all()


@pytest.mark.parametrize("k", [1, 5])
def test_a_number_of_groups_that_cannot_be_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="2 to 4"):
        clusters(Attention((layer("a", 2, 4),), (W[None, None],)), slice(None), k)
