"""What StyleGAN2 changed, in numbers of a trained generator and of one step of training.

Karras et al., 2020, "Analyzing and improving the image quality of StyleGAN": normalisation by expected statistics,
noise and bias outside the normalised part, lazy regularisation, and skips in place of growing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engines.images import to_array
from engines.introspect.capture import record, record_inputs
from engines.introspect.space import Space
from engines.models.modulated import demodulation
from engines.models.stylegan2_discriminator import StyleGAN2Discriminator
from engines.noise import noise
from engines.training.regularise import r1_penalty

BATCH = 8


@dataclass(frozen=True)
class Norms:
    """By convolution, in the data's order, `(L,)` each, over `n` pictures.

    `weight` is the norm of each output channel's modulated and demodulated weights, the mean; 1 says that channels
    expect the same size. `strength` is how much the standard deviation of a channel varies from picture to picture, as
    a share of its mean: what an instance norm would set to 0. `noise_outside` and `noise_inside` are the same for the
    share that noise has in a channel, added after the normalisation, as here, or before it, as in StyleGAN.
    """

    layers: tuple[str, ...]
    weight: np.ndarray
    strength: np.ndarray
    noise_outside: np.ndarray
    noise_inside: np.ndarray
    n: int


@dataclass(frozen=True)
class Sizes:
    """The picture after each size, float32 `(S, H, W, 3)`, enlarged; `share` `(S,)` of its pixels' variation each adds.

    `sizes` are widths of feature maps, coarsest first.
    """

    sizes: tuple[int, ...]
    pictures: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class Cost:
    """Seconds of one update of a discriminator on `batch` pictures, and of R1 for the same pictures."""

    update: float
    r1: float
    batch: int


@torch.no_grad()
def norms(space: Space, seeds: list[int]) -> Norms:
    """Measure every modulated convolution of a generator with styles on the pictures of `seeds`, two or more."""
    synthesis, latents = space.gan.generator.synthesis, space.latents(seeds)
    found = [(name, module) for name, module in synthesis.named_modules() if name.endswith((".up", ".conv"))]
    rows = []
    with record_inputs(synthesis, [name for name, _ in found]) as heard:
        synthesis(latents, "fixed")
    for i, (name, conv) in enumerate(found):
        style = conv.affine(latents[:, i])
        scale = demodulation(conv.weight, style)  # (B, outputs)
        weights = conv.weight * style[:, None, :, None, None] * scale[:, :, None, None, None]
        before = conv._convolve(heard[name][0] * style[:, :, None, None]).std((2, 3))  # (B, outputs)
        after = before * scale
        rows.append([weights.flatten(2).norm(dim=2).mean(), *(_varies(x) for x in (after, 1 / after, 1 / before))])
    columns = torch.tensor(rows).T.numpy()
    return Norms(space.layers[: len(rows)], *columns, n=len(latents))


@torch.no_grad()
def sizes(space: Space, seed: int) -> Sizes:
    """Build one picture up, size by size: what the skips to colours add."""
    synthesis = space.gan.generator.synthesis
    names = [f"blocks.{size}.rgb" for size in synthesis.blocks]
    with record(synthesis, names) as heard:
        whole = synthesis(space.latents([seed]), "fixed")
    pictures, picture = [], None
    for name in names:
        colours = heard[name][0]
        picture = colours if picture is None else synthesis.resample.up(picture) + colours
        pictures.append(F.interpolate(picture, whole.shape[2:], mode="nearest"))
    steps = [b - a for a, b in zip([torch.zeros_like(whole), *pictures], pictures, strict=False)]
    added = np.array([float(step.std()) for step in steps])
    share = added / added.sum()
    return Sizes(tuple(map(int, synthesis.blocks)), np.concatenate([to_array(p) for p in pictures]), share)


def r1_cost(space: Space, repeats: int = 3) -> Cost:
    """Time R1 on a fresh discriminator of the generator's size; how long it takes does not depend on its weights."""
    config = replace(space.gan.generator.config, classes=0)
    judge = StyleGAN2Discriminator(config)
    pictures = noise(range(BATCH), space.gan.shape)

    def update() -> None:
        loss = F.softplus(judge(pictures)).mean()
        torch.autograd.grad(loss, list(judge.parameters()))

    def r1() -> None:
        asking = pictures.clone().requires_grad_()
        torch.autograd.grad(r1_penalty(judge(asking), asking).mean(), list(judge.parameters()), allow_unused=True)

    return Cost(_quickest(update, repeats), _quickest(r1, repeats), BATCH)


def _quickest(work: Callable[[], None], repeats: int) -> float:
    """The shortest of several times in seconds, after one to warm up: others may be at work on the machine."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times[1:])


def _varies(x: Tensor) -> Tensor:
    """Standard deviation over pictures as a share of the mean, `(B, C)`, averaged over channels that are not silent."""
    mean = x.mean(0)
    usable = torch.isfinite(mean) & (mean > 1e-8)
    return (x.std(0) / mean)[usable].mean()
