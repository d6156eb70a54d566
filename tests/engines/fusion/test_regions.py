"""Two pictures and a mask: what the collage, the cut and the seam are, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engines.fusion.regions import Pair, pair

NET = SimpleNamespace(shape=(3, 16, 16), device=torch.device("cpu"))
BLACK, WHITE = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 255, np.uint8)


def test_a_collage_by_hand() -> None:
    mask = np.zeros((16, 16), np.float32)
    mask[:, 8:], mask[0, 0], mask[0, 1] = 1, 0.25, 0.75
    two = pair(NET, BLACK, WHITE, mask)
    assert two.collage[:, 0, :3].T.tolist() == [[-0.5] * 3, [0.5] * 3, [-1.0] * 3]
    assert two.cut[0, 0, :3].tolist() == [-1.0, 1.0, -1.0]
    assert (two.cut[:, :, 8:] == 1).all()


def test_the_seam_is_a_sixteenth_to_both_sides_of_the_border() -> None:
    mask = np.zeros((16, 16), np.float32)
    mask[:, 8:] = 1
    seam = pair(NET, BLACK, WHITE, mask).seam
    assert seam.nonzero()[:, 1].unique().tolist() == [7, 8]
    wide = Pair(torch.zeros(3, 64, 64), torch.ones(3, 64, 64), torch.zeros(1, 64, 64))
    wide.mask[:, 40:] = 1
    assert wide.seam.nonzero()[:, 0].unique().tolist() == list(range(36, 44))


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_one_owner_has_no_seam(value: float) -> None:
    assert not pair(NET, BLACK, WHITE, np.full((16, 16), value, np.float32)).seam.any()


def test_what_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="this model takes"):
        pair(NET, BLACK[:8], WHITE, np.zeros((16, 16)))
    with pytest.raises(ValueError, match="this model takes"):
        pair(NET, BLACK, WHITE, np.zeros((8, 8)))
    with pytest.raises(ValueError, match="0 \\(all a\\) to 1"):
        pair(NET, BLACK, WHITE, np.full((16, 16), 1.5))
    with pytest.raises(ValueError, match="0 \\(all a\\) to 1"):
        pair(NET, BLACK, WHITE, np.full((16, 16), np.nan))
