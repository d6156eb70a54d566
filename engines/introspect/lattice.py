"""A plane of seeds, and the pictures of a GAN between them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.introspect.styles import BATCH, Style, latents, shown
from engines.models.gan import GAN

DOWN = 100  # how much the seed grows from one row of the lattice to the next; from column to column by 1
LARGEST_SEED = 2**31 - 1
BEFORE_ZERO = 100_000  # this many seeds: −1 is 99,999


@dataclass(frozen=True)
class Tiles:
    """Some pictures of a pad, uint8 `(B, H, W, C)`; `at`, `(B,)`, are their places, row by row."""

    at: np.ndarray
    pictures: np.ndarray


def seed_at(seed: int, column: int, row: int) -> int:
    """The seed at a point of the lattice around `seed`: to the right they grow by 1, downwards by 100."""
    found = seed + column + DOWN * row
    return found + BEFORE_ZERO if found < 0 else found % (LARGEST_SEED + 1)


def lattice(net: GAN, seed: int, reach: int) -> Tensor:
    """The latents of `seed` and of the lattice around it: `(2 reach + 1, 2 reach + 1, …)`, row by row."""
    span = range(-reach, reach + 1)
    found = latents(net, [seed_at(seed, column, row) for row in span for column in span])
    return found.reshape(len(span), len(span), *found.shape[1:])


def between(nodes: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Blend the lattice `nodes`, `(R, C, …)`, bilinearly at columns `x` and rows `y`, `(B,)` from 0, not whole.

    Of z, `(R, C, z_dim)`, the blend is as long as the four lengths blended, since a mean of normal latents would be
    shorter than any latent that the generator was trained on; styles `(R, C, layers, w_dim)` have no such shell.
    """
    column = x.floor().long().clamp(0, nodes.shape[1] - 2)
    row = y.floor().long().clamp(0, nodes.shape[0] - 2)
    right, down = x - column, y - row
    mixed, length = 0.0, 0.0
    for i, across in ((0, 1 - right), (1, right)):
        for j, along in ((0, 1 - down), (1, down)):
            corner = nodes[row + j, column + i]  # (B, …)
            weight = (across * along).to(corner).reshape(-1, *[1] * (corner.ndim - 1))
            mixed = mixed + weight * corner
            length = length + weight * corner.norm(dim=-1, keepdim=True)
    return mixed if nodes.ndim == 4 else mixed * (length / mixed.norm(dim=-1, keepdim=True))


def order(side: int, steps: int) -> np.ndarray:
    """The places of a pad of `side` × `side`, row by row, coarse before fine: every `steps`-th first, then halfway."""
    away = np.abs(np.arange(side) - side // 2)
    fine = np.array([next(n for n in range(steps.bit_length()) if i * 2**n % steps == 0) for i in range(side)])
    level = np.maximum(fine[:, None], fine[None])
    return np.lexsort((np.hypot(away[:, None], away[None]).ravel(), level.ravel()))


@torch.no_grad()
def pad(net: GAN, seed: int, reach: int, steps: int, style: Style, done: int = 0) -> Iterator[Tiles]:
    """Yield the pictures of a pad around `seed`, `steps` (a power of two) from seed to seed, but for the first `done`.

    Coarse before fine. There are `(2 reach · steps + 1)²` of them.
    """
    side = 2 * reach * steps + 1
    places, nodes = order(side, steps)[done:], lattice(net, seed, reach)
    for i in range(0, len(places), BATCH):
        at = places[i : i + BATCH]
        x, y = (torch.from_numpy(part / steps).float().to(net.device) for part in (at % side, at // side))
        yield Tiles(at, shown(net, between(nodes, x, y), style))


@torch.no_grad()
def path(net: GAN, seed: int, reach: int, places: np.ndarray, style: Style) -> Iterator[np.ndarray]:
    """Yield the pictures, uint8 `(B, H, W, C)`, at `places`, `(F, 2)`, a few at a time.

    Places are columns and rows from −`reach` to `reach` of the lattice around `seed`.
    """
    nodes = lattice(net, seed, reach)
    for i in range(0, len(places), BATCH):
        x, y = (torch.from_numpy(part).float().to(net.device) for part in (places[i : i + BATCH] + reach).T)
        yield shown(net, between(nodes, x, y), style)


@torch.no_grad()
def single(net: GAN, seed: int, x: float, y: float, style: Style) -> np.ndarray:
    """The one picture, uint8 `(H, W, C)`, at column `x` and row `y` of the lattice around `seed`."""
    column, row = int(np.floor(x)), int(np.floor(y))
    seeds = [seed_at(seed, column + i, row + j) for j in (0, 1) for i in (0, 1)]
    found = latents(net, seeds)
    at = between(
        found.reshape(2, 2, *found.shape[1:]),
        torch.tensor([x - column], device=net.device),
        torch.tensor([y - row], device=net.device),
    )
    return shown(net, at, style)[0]
