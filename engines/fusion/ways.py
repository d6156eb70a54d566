"""What a way between two pictures is, and how it is walked: the same for every family.

A family lists its ways in `engines.families`; whatever shows or measures ways needs nothing else of it. Pictures are
drawn in groups of one size, filled up with repeats, so that the picture at a λ is the same, bit for bit, whichever
other λ are asked for with it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engines.images import to_uint8

GROUP = 10  # pictures in one pass of the network


@dataclass(frozen=True)
class Settings:
    """What the ways may be told; each reads what it needs.

    `steps` network steps make a whole chain; the noised ways run the share `start` in (0, 1] of it with `sampler`.
    `seed` is that of the noise, `label` a class by number or None. `search` is the number of steps of the search for a
    latent. `seeds`, if there are any, are those of the fresh noise of pictures that are drawn together but are not of
    one pair, one a picture. Raises ValueError for values out of range.
    """

    steps: int = 20
    start: float = 0.5
    sampler: str = "ddpm"
    seed: int = 0
    label: int | None = None
    search: int = 150
    seeds: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, low, high in (("steps", 1, 1000), ("search", 1, 5000)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed: {low} to {high}.")
        if not 0 < self.start <= 1:
            raise ValueError(f"start is {self.start:g}; allowed: above 0 (keep the pictures) to 1 (pure noise).")


@dataclass(frozen=True)
class Parent:
    """A picture to start from, uint8 `(H, W, C)` at the model's size; `seed` if this very model drew it from one."""

    picture: np.ndarray
    seed: int | None = None


@dataclass(frozen=True)
class Encoding:
    """How far a picture is turned into a code: `done` of about `total` network calls; `code`, float32, at the end.

    `picture`, float32 `(C, H, W)` in [-1, 1], is what the code stands for so far.
    """

    done: int
    total: int
    picture: Tensor
    code: Tensor | None = None


@dataclass(frozen=True)
class Mix:
    """What lies between two codes, `(L, …)`, one for each λ; `noise`, `(L,)`, is the standard deviation of the noise.

    For a chain to come out right its noise has to have standard deviation 1. None where nothing is noise.
    """

    states: Tensor
    noise: np.ndarray | None = None


@dataclass(frozen=True)
class Way:
    """One way from a picture to another.

    `code` names what `encode` makes of a picture, so that ways with the same code share it. `mix` takes two codes, the
    λ in [0, 1] and the settings; `decode` yields pictures `(L, C, H, W)` after each of its `passes` network steps.
    `reads` names the settings that change the pictures. `ends` says whether λ = 0 and 1 are meant to give the two
    pictures back. The net is None for a way without one.
    """

    title: str
    says: str
    code: str
    encode: Callable[[Any, Parent, Settings], Iterator[Encoding]]
    mix: Callable[[Any, Tensor, Tensor, Sequence[float], Settings], Mix]
    decode: Callable[[Any, Tensor, Settings], Iterator[Tensor]]
    passes: Callable[[Any, Settings], int]
    reads: tuple[str, ...] = ()
    ends: bool = True


@dataclass(frozen=True)
class Drawn:
    """`done` of `total` network steps of a walk; of the λ at `at`, `(K,)`, the `pictures` so far, uint8 `(K, H, W, C)`.

    They are finished when `ready`. `noise`, `(K,)`, is as in `Mix`.
    """

    done: int
    total: int
    at: np.ndarray
    pictures: np.ndarray
    noise: np.ndarray | None
    ready: bool


def encoded(way: Way, net: Any, parent: Parent, settings: Settings) -> Iterator[Encoding]:
    """Yield the encoding of one picture step by step; ValueError if the picture does not have the model's size."""
    size = None if net is None else (*net.shape[1:], net.shape[0])
    if size is not None and parent.picture.shape != size:
        raise ValueError(f"The picture is {parent.picture.shape}; this model takes {size}.")
    return way.encode(net, parent, settings)


def to_keep(code: Tensor) -> np.ndarray:
    """A code as an array, float32, exactly; `from_kept` is the way back."""
    return code.detach().float().cpu().numpy()


def from_kept(array: np.ndarray, net: Any) -> Tensor:
    """A kept code on the device of `net`."""
    return torch.from_numpy(array).to(net.device)


def walk(
    way: Way, net: Any, code_a: Tensor, code_b: Tensor, lams: Sequence[float], settings: Settings
) -> Iterator[Drawn]:
    """Yield the pictures at `lams`, each in [0, 1], in the order given, step by step and group by group.

    Raises ValueError for a λ out of range.
    """
    for lam in lams:
        if not 0 <= lam <= 1:
            raise ValueError(f"λ is {lam:g}; allowed: 0 (all of the first cat) to 1 (all of the second).")
    return _walk(way, net, code_a, code_b, lams, settings)


@torch.no_grad()
def _walk(
    way: Way, net: Any, code_a: Tensor, code_b: Tensor, lams: Sequence[float], settings: Settings
) -> Iterator[Drawn]:
    groups = [np.arange(first, min(first + GROUP, len(lams))) for first in range(0, len(lams), GROUP)]
    each, done = way.passes(net, settings), 0
    total = each * len(groups)
    for at in groups:
        filled = [lams[min(i, at[-1])] for i in range(at[0], at[0] + GROUP)]
        mix = way.mix(net, code_a, code_b, filled, settings)
        noise = None if mix.noise is None else mix.noise[: len(at)]
        for passed, pictures in enumerate(way.decode(net, mix.states, settings), 1):
            yield Drawn(done + passed, total, at, to_uint8(pictures[: len(at)]), noise, passed == each)
        done += each
