"""Projection: look for the latent whose picture is most like a given one.

After Karras et al., 2020, "Analyzing and improving the image quality of StyleGAN", appendix D, with EfficientNet-Lite0
in place of VGG16, the best of many samples as the start, and the noise maps left as they are kept in the weights.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.device import fast_bfloat16
from engines.images import to_array, to_tensor
from engines.introspect.space import BATCH, Space
from engines.models.backbone import backbone
from engines.noise import generator

FIRST_SEED = 2_000_000
STATISTICS = 1024  # latents that tell how far apart they are
SETTLED = 0.75  # of the way: from here on no noise is added, and the rate falls
WARM = 0.05  # of the way: until here the rate rises


@dataclass(frozen=True)
class Search:
    """`steps` of Adam from the best of `starts` samples; `rate` and `noise` are shares of the latents' spread.

    `pixel` weighs the mean squared difference of pixels against that of features. `layered` lets every layer have a
    latent of its own (W+): closer, but the result is less of a cat that the generator would draw.
    """

    steps: int = 200
    starts: int = 64
    rate: float = 0.1
    noise: float = 0.05
    pixel: float = 0.5
    layered: bool = False

    def __post_init__(self) -> None:
        for name, low, high in (("steps", 1, 5000), ("starts", 1, 4096), ("rate", 0, 10), ("noise", 0, 1)):
            if not low <= (value := getattr(self, name)) <= high:
                raise ValueError(f"{name} is {value:g}; allowed: {low} to {high}.")


@dataclass(frozen=True)
class Projection:
    """Step `done` of `total`: `latent` `(layers, D)` and its picture, float32 `(H, W, 3)`, exactly.

    `feature` is the distance in frozen features, `pixel` the mean squared difference, `loss` what is minimised, `psnr`
    in dB. `noise` is the standard deviation of what was added to the latent at this step.
    """

    done: int
    total: int
    latent: np.ndarray
    picture: np.ndarray
    loss: float
    pixel: float
    feature: float
    psnr: float
    noise: float


def project(space: Space, target: np.ndarray, search: Search, seed: int = 0) -> Iterator[Projection]:
    """Yield one state per step on the way to `target`, uint8 `(H, W, 3)` of the generator's size; state 0 is the start.

    `seed` draws the noise. Nothing of the model changes: gradients are those of our own latent.
    """
    wanted = to_tensor(target[None]).to(space.gan.device)
    if wanted.shape[1:] != space.gan.shape:
        raise ValueError(f"The picture is {tuple(wanted.shape[1:])}; this generator draws {space.gan.shape}.")
    seen = [unit(h) for h in _see(wanted)]
    spread = _spread(space)
    latent = _start(space, wanted, seen, search)
    if space.styles and not search.layered:
        latent = latent[:, :1]
    adam, draw = _Adam(latent), generator(seed)
    for done in range(search.steps + 1):
        t = done / search.steps
        noise = search.noise * spread * max(0.0, 1 - t / SETTLED) ** 2
        at = latent + noise * torch.randn(latent.shape, generator=draw).to(latent)
        state, gradient = _step(space, at, wanted, seen, search, done, noise)
        yield state
        latent = space.on_shell(adam.step(latent, gradient, _rate(t, search) * spread / latent.shape[-1] ** 0.5))


class _Adam:
    """Adam (Kingma & Ba, 2015) on one tensor that is never a parameter: nothing of it could leak into a model."""

    def __init__(self, like: Tensor) -> None:
        self.mean, self.square, self.steps = torch.zeros_like(like), torch.zeros_like(like), 0

    def step(self, x: Tensor, gradient: Tensor, rate: float) -> Tensor:
        self.steps += 1
        self.mean = 0.9 * self.mean + 0.1 * gradient
        self.square = 0.999 * self.square + 0.001 * gradient.square()
        mean, square = self.mean / (1 - 0.9**self.steps), self.square / (1 - 0.999**self.steps)
        return x - rate * mean / (square.sqrt() + 1e-8)


@torch.enable_grad()
def _step(
    space: Space, at: Tensor, wanted: Tensor, seen: list[Tensor], search: Search, done: int, noise: float
) -> tuple[Projection, Tensor]:
    own = at.detach().requires_grad_()
    whole = own.expand(-1, len(space.layers), -1)
    picture = space.draw(space.on_shell(whole))
    pixel, feature = (picture - wanted).square().mean(), gap(picture, seen)
    loss = search.pixel * pixel + feature
    (gradient,) = torch.autograd.grad(loss, own)
    state = Projection(
        done=done,
        total=search.steps,
        latent=space.on_shell(whole)[0].detach().float().cpu().numpy(),
        picture=to_array(picture)[0],
        loss=float(loss.detach()),
        pixel=float(pixel.detach()),
        feature=float(feature.detach()),
        psnr=10 * math.log10(4 / max(float(pixel.detach()), 1e-12)),
        noise=noise,
    )
    return state, gradient.float()


def gap(picture: Tensor, seen: list[Tensor]) -> Tensor:
    """How far pictures `(B, 3, H, W)` are from features `seen`: the mean over four maps and pixels of 1 − cosine."""
    return sum((1 - (unit(h) * wanted).sum(1)).mean() for h, wanted in zip(_see(picture), seen, strict=True)) / 4


def unit(h: Tensor) -> Tensor:
    """Each pixel's channels, `(B, C, h, w)`, at length 1, so that no map outshouts another."""
    return torch.nn.functional.normalize(h.float(), dim=1)


def _see(pictures: Tensor) -> list[Tensor]:
    dtype = torch.bfloat16 if fast_bfloat16(pictures.device) else torch.float32
    return backbone(dtype, str(pictures.device))(pictures)


def _rate(t: float, search: Search) -> float:
    """The share of Adam's rate at `t` in [0, 1]: up over the first 5 %, down along a cosine over the last quarter."""
    down = min(1.0, (1 - t) / (1 - SETTLED))
    return search.rate * min(1.0, t / WARM + 0.02) * (0.5 - 0.5 * math.cos(math.pi * down))


@torch.no_grad()
def _spread(space: Space) -> float:
    """The root mean square distance of latents from their mean."""
    latents = space.latents(range(FIRST_SEED, FIRST_SEED + STATISTICS))[:, 0].float()
    return float((latents - latents.mean(0)).square().sum(1).mean().sqrt())


@torch.no_grad()
def _start(space: Space, wanted: Tensor, seen: list[Tensor], search: Search) -> Tensor:
    """The latent, `(1, layers, D)`, of the sample that is most like `wanted`."""
    best, least = None, math.inf
    for start in range(FIRST_SEED, FIRST_SEED + search.starts, BATCH):
        latents = space.latents(range(start, min(start + BATCH, FIRST_SEED + search.starts)))
        for latent, picture in zip(latents, space.draw(latents), strict=True):
            found = float(gap(picture[None], seen) + search.pixel * (picture - wanted[0]).square().mean())
            if found < least:
                best, least = latent[None], found
    return best.clone()
