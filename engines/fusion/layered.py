"""Fusion by layers: a generator with styles draws coarse things of one cat and fine things of another."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from engines.fusion.ways import GROUP, Drawn
from engines.images import to_uint8
from engines.introspect.space import Space
from engines.models.gan import GAN


def film(net: GAN, code_a: Tensor, code_b: Tensor, label: int | None = None) -> Iterator[Drawn]:
    """Yield, group by group, the pictures of style mixing (Karras et al., 2019, section 3.1) at every depth.

    Of two codes `(layers, D)` picture k has the first k layers, the coarsest, from a and the others from b: 0 is b
    itself, the last, `layers`, is a. Raises ValueError for a generator without styles and for codes that do not fit.
    """
    space = Space(net, label)
    if not space.styles:
        raise ValueError("This generator has one latent and no layers to part; pick one with styles.")
    layers = len(space.layers)
    if code_a.shape != code_b.shape or len(code_a) != layers or code_a.ndim != 2:
        raise ValueError(f"Codes are {tuple(code_a.shape)} and {tuple(code_b.shape)}; needed: {layers} layers each.")
    return _film(space, code_a, code_b)


@torch.no_grad()
def _film(space: Space, code_a: Tensor, code_b: Tensor) -> Iterator[Drawn]:
    depths = len(code_a) + 1
    groups = range(0, depths, GROUP)
    for done, first in enumerate(groups, 1):
        rows = np.arange(first, min(first + GROUP, depths))
        filled = [mixed(code_a, code_b, min(k, int(rows[-1]))) for k in range(first, first + GROUP)]
        pictures = to_uint8(space.draw(torch.stack(filled)))[: len(rows)]
        yield Drawn(done, len(groups), rows, pictures, None, True)


def mixed(code_a: Tensor, code_b: Tensor, depth: int) -> Tensor:
    """The first `depth` layers of `code_a`, then those of `code_b`: `(layers, D)`."""
    return torch.cat([code_a[:depth], code_b[depth:]])
