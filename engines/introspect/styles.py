"""What steers the picture of a GAN: latents, truncation, noise, and styles mixed layer by layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from engines.images import to_uint8
from engines.models.gan import GAN, StyleGAN
from engines.models.stylegan2_discriminator import GROUP, MinibatchStd
from engines.noise import noise

BATCH = 8  # pictures in one network call: large enough to be fast, small enough to cancel
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
    drawn = draw(net, at, replace(style, psi=1.0))
    distance = (at - mean).norm(dim=-1).reshape(len(psis), -1).mean(1)
    return to_uint8(drawn), score(net, drawn).cpu().numpy(), distance.cpu().numpy()


@torch.no_grad()
def score(net: GAN, drawn: Tensor) -> Tensor:
    """The discriminator's logit of each picture, `(B,)`, the same whatever the batch.

    One that compares the pictures of a batch sees each beside the same three cats, seeds 0 to 2: alone, any picture
    would look like a collapse to it.
    """
    seen = drawn.clamp(-1, 1)
    if any(isinstance(module, MinibatchStd) for module in net.discriminator.modules()):
        beside = net.sample(range(GROUP - 1)).clamp(-1, 1)
        seen = torch.cat([seen, beside.repeat_interleave(len(seen), 0)])  # picture i, then i + B, … form a group
    return net.score(seen)[: len(drawn)].float()


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
        yield shown(net, mix(net.w([seed]).expand_as(fine), fine, layers), style)


def pictures(net: GAN, seeds: Sequence[int], style: Style) -> np.ndarray:
    """The pictures of seeds themselves, uint8 `(B, H, W, C)`."""
    return shown(net, latents(net, seeds), style)


@torch.inference_mode()
def shown(net: GAN, at: Tensor, style: Style) -> np.ndarray:
    """The pictures of latents, uint8 `(B, H, W, C)`."""
    return to_uint8(draw(net, at, style))
