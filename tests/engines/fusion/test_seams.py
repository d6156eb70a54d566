"""Numbers of a fusion by regions, against hand-made pictures."""

import numpy as np
import pytest

from engines.fusion.seams import alone, measure, seam

MASK = np.zeros((4, 4), np.float32)
MASK[:, 2:] = 1


def test_a_seam_by_hand() -> None:
    """Four steps of 10 across the border; elsewhere eight of 1 beside and twelve of 0 below each other: 0.4."""
    row = np.array([0, 1, 11, 12], np.uint8)
    picture = np.broadcast_to(row[None, :, None], (4, 4, 3))
    flat = np.full((4, 4, 3), 7, np.uint8)
    assert seam(np.stack([picture, flat]), MASK).tolist() == pytest.approx([25, 0])
    assert seam(np.stack([picture.swapaxes(0, 1)]), MASK)[0] == 0  # it lies the other way
    assert seam(np.stack([picture.swapaxes(0, 1)]), MASK.T)[0] == pytest.approx(25)


def test_a_soft_edge_counts_at_one_half_and_one_owner_has_no_seam() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (1, 4, 4, 3)).astype(np.uint8)
    soft = MASK.copy()
    soft[:, 1], soft[:, 2] = 0.3, 0.7
    assert seam(picture, soft)[0] == seam(picture, MASK)[0]
    assert np.isnan(seam(picture, np.zeros((4, 4)))).all()


def test_a_region_alone_is_cropped_and_grey_around() -> None:
    picture = np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3)
    region = np.zeros((4, 4), bool)
    region[1, 1] = region[2, 2] = True
    found = alone(picture, region)
    assert found.shape == (1, 2, 2, 3)
    assert np.array_equal(found[0, 0, 0], picture[0, 1, 1])
    assert np.array_equal(found[0, 1, 1], picture[0, 2, 2])
    assert (found[0, 0, 1] == 128).all()


def test_parts_cut_out_are_still_their_owners_and_swapped_ones_are_not() -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.integers(0, 256, (32, 32, 3)).astype(np.uint8) for _ in range(2))
    b[::4] = 0
    mask = np.zeros((32, 32), np.float32)
    mask[:, 16:] = 1
    cut = np.where(mask[..., None] > 0.5, b, a)
    found = measure(np.stack([cut, a, b]), a, b, mask)
    assert found.to_a.tolist() == pytest.approx([0, 0, found.apart[0]])
    assert found.to_b.tolist() == pytest.approx([0, found.apart[1], 0])
    assert (found.apart > 0.01).all()
    assert found.seam[1:].tolist() == [found.seam_a, found.seam_b]


def test_without_a_region_there_is_nothing_to_measure() -> None:
    a, b = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 200, np.uint8)
    found = measure(a[None], a, b, np.zeros((16, 16), np.float32))
    assert found.to_a[0] == 0
    assert np.isnan([found.seam[0], found.to_b[0], found.apart[1], found.seam_a]).all()
