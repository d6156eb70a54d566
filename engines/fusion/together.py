"""Fusions of different pairs in one pass of the network, each the same, bit for bit, as if it were drawn alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engines.fusion.ways import GROUP, Drawn, Settings, Way
from engines.images import to_uint8


@torch.no_grad()
def together(
    way: Way, net: Any, codes: Sequence[tuple[Tensor, Tensor]], lam: float, settings: Sequence[Settings]
) -> Iterator[Drawn]:
    """Yield what lies at `lam` between each pair of codes, group by group, as `walk` does for the λ of one pair.

    The settings of the pairs, one each, may differ in their seed alone.
    """
    each, done = way.passes(net, settings[0]), 0
    total = each * -(-len(codes) // GROUP)
    for first in range(0, len(codes), GROUP):
        at = np.arange(first, min(first + GROUP, len(codes)))
        filled = [int(min(i, at[-1])) for i in range(first, first + GROUP)]
        # Mixed in a whole group each, as in a walk: how many numbers are added at a time may change the last bit.
        mixes = {i: way.mix(net, *codes[i], [lam] * GROUP, settings[i]) for i in map(int, at)}
        states = torch.cat([mixes[i].states[:1] for i in filled])
        noise = None if mixes[first].noise is None else np.array([mixes[i].noise[0] for i in mixes])
        same = replace(settings[first], seeds=tuple(settings[i].seed for i in filled))
        for passed, pictures in enumerate(way.decode(net, states, same), 1):
            yield Drawn(done + passed, total, at, to_uint8(pictures[: len(at)]), noise, passed == each)
        done += each
