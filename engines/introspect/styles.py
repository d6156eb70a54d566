"""What steers the picture of a GAN: latents between seeds, truncation, and styles mixed layer by layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.images import to_uint8
from engines.models.gan import GAN, StyleGAN
from engines.noise import noise

BATCH = 8  # pictures in one network call: large enough to be fast, small enough to cancel
DOWN = 100  # how much the seed grows from one row of the lattice to the next; from column to column by 1
LARGEST_SEED = 2**31 - 1
BEFORE_ZERO = 100_000  # this many seeds: −1 is 99,999
_DRAWS = 2  # the stream of the noise; the latent of the same seed is of stream 0


@dataclass(frozen=True)
class Style:
    """How latents become pictures: pulled to their mean by `psi` in the first `cutoff` layers (None: in all).

    `noise` is `fixed`, `none` or `random`: then number `draw` of all random noises, the same for every picture.
    """

    psi: float = 1.0
    cutoff: int | None = None
    noise: str = "fixed"
    draw: int = 0


@dataclass(frozen=True)
class Tiles:
    """Some pictures of a pad, uint8 `(B, H, W, C)`; `at`, `(B,)`, are their places, row by row."""

    at: np.ndarray
    pictures: np.ndarray


@dataclass(frozen=True)
class Truncated:
    """Pictures of one seed, uint8 `(S, H, W, C)`, at each `psi`, `(S,)`, so far.

    `score` is the discriminator's logit, high for real, and `distance` the length of w − w_avg, mean over the layers.
    """

    psi: np.ndarray
    pictures: np.ndarray
    score: np.ndarray
    distance: np.ndarray


def steered_by(net: GAN) -> str:
    """`styles` if every layer has a style, else `length` or `direction`: all that the generator reads of its z."""
    if isinstance(net, StyleGAN):
        return "styles"
    with torch.inference_mode():
        z = net.z([0])
        return "direction" if torch.allclose(net.generator(z), net.generator(2 * z), atol=1e-4) else "length"


def latents(net: GAN, seeds: Sequence[int]) -> Tensor:
    """What steers the pictures of seeds: styles `(B, layers, w_dim)`, or z `(B, z_dim)` where there are none."""
    return net.w(seeds) if isinstance(net, StyleGAN) else net.z(seeds)


def draw(net: GAN, at: Tensor, style: Style) -> Tensor:
    """Pictures `(B, C, H, W)` of latents; without styles ψ scales z, whose mean is 0."""
    if isinstance(net, StyleGAN):
        w = net.generator.mapping.truncate(at, style.psi, style.cutoff)
        return net.generator.synthesis(w, noises(net, style))
    return net.generator(style.psi * at)


def noises(net: StyleGAN, style: Style) -> str | list[Tensor]:
    """The noise of a style as the synthesis takes it."""
    if style.noise != "random":
        return style.noise
    sizes = net.generator.synthesis.noise_sizes
    return [noise([style.draw], (1, n, n), _DRAWS + i) for i, n in enumerate(sizes)]


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
        yield Tiles(at, _pictures(net, between(nodes, x, y), style))


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
    return _pictures(net, at, style)[0]


@torch.no_grad()
def truncation(net: GAN, seed: int, psis: Sequence[float], style: Style) -> Iterator[Truncated]:
    """Yield the film of one seed over `psis`, eight at a time; `style.psi` is left out of account."""
    w, parts = latents(net, [seed]), []
    for i in range(0, len(psis), BATCH):
        some = psis[i : i + BATCH]
        parts.append((some, *_truncated(net, w, some, style)))
        psi, pictures, score, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
        yield Truncated(psi, pictures, score, distance)


def _truncated(net: GAN, w: Tensor, psis: Sequence[float], style: Style) -> tuple[np.ndarray, ...]:
    if isinstance(net, StyleGAN):
        mapping = net.generator.mapping
        at = torch.cat([mapping.truncate(w, psi, style.cutoff) for psi in psis])  # (B, layers, w_dim)
        mean = mapping.w_avg
    else:
        at, mean = torch.cat([psi * w for psi in psis]), 0.0  # (B, z_dim)
    drawn = draw(net, at, Style(noise=style.noise, draw=style.draw))
    distance = (at - mean).norm(dim=-1).reshape(len(psis), -1).mean(1)
    return to_uint8(drawn), net.score(drawn.clamp(-1, 1)).float().cpu().numpy(), distance.cpu().numpy()


def mix(a: Tensor, b: Tensor, layers: Sequence[int]) -> Tensor:
    """Styles `a`, `(B, layers, w_dim)`, with those of `b` in `layers`."""
    taken = torch.zeros(a.shape[1], dtype=torch.bool, device=a.device)
    taken[list(layers)] = True
    return torch.where(taken[:, None], b, a)


@torch.no_grad()
def mixing(
    net: StyleGAN, rows: Sequence[int], columns: Sequence[int], layers: Sequence[int], style: Style
) -> Iterator[np.ndarray]:
    """Yield a matrix of mixtures row by row, uint8 `(C, H, W, 3)`: the row's seed with `layers` of the columns'."""
    fine = net.w(columns)
    for seed in rows:
        yield _pictures(net, mix(net.w([seed]).expand_as(fine), fine, layers), style)


def pictures(net: GAN, seeds: Sequence[int], style: Style) -> np.ndarray:
    """The pictures of seeds themselves, uint8 `(B, H, W, C)`."""
    return _pictures(net, latents(net, seeds), style)


@torch.inference_mode()
def _pictures(net: GAN, at: Tensor, style: Style) -> np.ndarray:
    return to_uint8(draw(net, at, style))
