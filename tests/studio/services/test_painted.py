"""The painted mask: its text, both ways and by hand, and the soft mask of a picture."""

import re
from urllib.parse import urlencode

import numpy as np
import pytest

from studio.recipe import VIEW
from studio.services.painted import HALF, SIDE, Painted

CORNER = np.zeros((SIDE, SIDE), bool)
CORNER[0, 0] = CORNER[31, 28:] = True


def test_a_text_by_hand() -> None:
    assert str(HALF) == "1~0000ffff*32"
    painted = Painted.of(CORNER, 3)
    assert str(painted) == "3~80000000-00000000*30-0000000f"
    assert painted.share == 5 / 1024
    assert np.array_equal(Painted.read("3~80000000-00000000*30-0000000f").cells, CORNER)


@pytest.mark.parametrize("seed", range(4))
def test_any_mask_goes_into_an_address_and_comes_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    painted = Painted.of(rng.random((SIDE, SIDE)) < 0.5, seed)
    text = str(painted)
    assert len(text) == 289  # no two rows alike: as long as it gets
    assert Painted.read(text) == painted
    assert np.array_equal(Painted.of(painted.cells, seed).rows, painted.rows)
    assert re.fullmatch(VIEW, "fuse?" + urlencode({"mask": text}, safe=",:*"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no mask"),
        ("0000ffff*32", "no mask"),
        ("5~0000ffff*32", "no mask"),
        ("1~0000fff*32", "no mask"),
        ("1~0000FFFF*32", "no mask"),
        ("1~0000ffff*032", "no mask"),
        ("1~0000ffff*32-", "no mask"),
        ("1~0000ffff*31", "31 rows"),
        ("1~0000ffff*99", "99 rows"),
        ("1~" + "-".join(["00000000"] * 40), "no mask"),
        ("<script>" * 50, "no mask"),
    ],
)
def test_what_is_no_mask_is_refused_in_words(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Painted.read(text)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="32 rows"):
        Painted((0,) * 31)
    with pytest.raises(ValueError, match="32 rows"):
        Painted((1 << 32,) * 32)
    with pytest.raises(ValueError, match="0 \\(cut\\) to 4"):
        Painted((0,) * 32, 5)
    with pytest.raises(ValueError, match="32 × 32"):
        Painted.of(np.zeros((16, 16), bool))


def test_a_hard_mask_is_its_cells_at_every_size() -> None:
    hard = Painted.of(CORNER, 0)
    assert np.array_equal(hard.mask(32), CORNER.astype(np.float32))
    assert np.array_equal(hard.mask(64)[::2, 1::2], CORNER.astype(np.float32))
    assert hard.mask(16).shape == (16, 16)
    assert hard.mask(16).dtype == np.float32
    assert np.array_equal(Painted(HALF.rows, 0).mask(16)[0], np.repeat([0, 1], 8).astype(np.float32))


def test_a_soft_edge_by_hand() -> None:
    """Of a step, the mean over three pixels is a ramp by thirds; the mean of that has ninths."""
    row = HALF.mask(64)[20]
    assert row[29:35].tolist() == pytest.approx([0, 1 / 9, 1 / 3, 2 / 3, 8 / 9, 1], abs=1e-6)
    assert (row[:30] == 0).all()
    assert (row[34:] == 1).all()
    wide = Painted(HALF.rows, 4).mask(64)
    assert (wide[0] > 0).sum() - (wide[0] == 1).sum() == 16  # eight pixels to each side
    assert 0 <= wide.min() < wide.max() <= 1
    lonely = Painted.of(CORNER, 1).mask(64)
    assert lonely[0, 0] == pytest.approx(((1 + 1 + 2 / 3) / 3) ** 2, abs=1e-6)  # beyond the edge the outermost goes on
