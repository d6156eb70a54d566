"""Coarse layers of one cat, fine ones of another: the ends are the cats, and what lies between is style mixing."""

from typing import Any

import numpy as np
import pytest
import torch

from engines import checkpoints
from engines.fusion.layered import film, mixed
from engines.fusion.ways import GROUP
from engines.images import to_uint8
from engines.introspect.space import Space


def test_depths_go_from_the_second_cat_to_the_first(tiny_gan: Any) -> None:
    space = Space(tiny_gan)
    codes = space.latents([3, 4])
    parts = list(film(tiny_gan, *codes))
    pictures = np.concatenate([part.pictures for part in parts])
    depths = len(space.layers) + 1
    assert np.concatenate([part.at for part in parts]).tolist() == list(range(depths))
    assert [part.done for part in parts] == list(range(1, -(-depths // GROUP) + 1))
    for i, code in ((0, codes[1]), (-1, codes[0])):
        alone = to_uint8(space.pictures(code[None]))[0]
        assert np.abs(pictures[i].astype(int) - alone).max() <= 1
    half = torch.cat([codes[0][:2], codes[1][2:]])
    assert torch.equal(mixed(*codes, 2), half)
    wanted = to_uint8(space.pictures(half[None]))[0]
    assert np.abs(pictures[2].astype(int) - wanted).max() <= 1
    assert not np.array_equal(pictures[2], pictures[0])


def test_what_has_no_layers_is_refused(tiny_gan: Any) -> None:
    codes = Space(tiny_gan).latents([3, 4])
    with pytest.raises(ValueError, match="layers each"):
        film(tiny_gan, codes[0], codes[1][:2])
    with pytest.raises(ValueError, match="no layers to part"):
        film(checkpoints.load("dcgan-cat-64").net, codes[0], codes[1])
