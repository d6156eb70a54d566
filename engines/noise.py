"""Seeds become noise: one generator per picture, so that picture 7 is the same alone and in a batch.

The generators live on the CPU, whatever device the network is on: the same seed is the same picture everywhere.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

_STREAM = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: spreads neighbouring streams over all seeds
_MASK = (1 << 63) - 1


def generator(seed: int, stream: int = 0) -> torch.Generator:
    """A CPU generator for one picture; different streams of one seed are independent."""
    return torch.Generator().manual_seed((seed + stream * _STREAM) & _MASK)


def noise(seeds: Sequence[int], shape: Sequence[int], stream: int = 0) -> Tensor:
    """Standard normal noise `(len(seeds), *shape)` in float32; row i depends on `seeds[i]` and `stream` only."""
    return torch.stack([torch.randn(tuple(shape), generator=generator(seed, stream)) for seed in seeds])


class NoiseSource:
    """Fresh noise for a batch, call after call, from one generator per seed."""

    def __init__(self, seeds: Sequence[int], stream: int = 1) -> None:
        self._generators = [generator(seed, stream) for seed in seeds]

    def __call__(self, like: Tensor) -> Tensor:
        """Standard normal noise of the shape, type and device of `like`, `(B, …)` with one row per seed."""
        rows = [torch.randn(like.shape[1:], generator=g) for g in self._generators]
        return torch.stack(rows).to(like)
