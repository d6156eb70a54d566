"""What each part of a style-based generator does: its noise, and the style of each layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from engines.images import quantise, to_array
from engines.introspect.capture import record
from engines.introspect.styles import BATCH, Style, draw, mix, noises
from engines.models.gan import StyleGAN

ROUNDING = 1e-5  # pictures of one batch may differ by this much, relatively, though computed from the same numbers


@dataclass(frozen=True)
class Draws:
    """One picture under N random noises so far: `pictures`, uint8 `(N, H, W, C)`.

    `std[k]`, `(H, W)`, is each pixel's standard deviation over the draws 0 … k, in units of the picture's range
    [-1, 1] and pooled over its colours; of a single draw it is 0.
    """

    pictures: np.ndarray
    std: np.ndarray


@dataclass(frozen=True)
class Effects:
    """What changes when the style of one layer alone becomes another seed's: means over `others` seeds so far.

    `change[i]`, `(H, W)`, is the mean absolute change of a pixel when layer i is swapped, in units of [-1, 1];
    `matrix[i, j]` the change of feature map j relative to its own size, ‖f − f₀‖ / ‖f₀‖, the last column the picture's.
    `swapped[i]`, uint8 `(H, W, C)`, is the picture with layer i of the last seed, `picture` the one without.
    """

    layers: tuple[str, ...]
    maps: tuple[str, ...]
    others: int
    picture: np.ndarray
    swapped: np.ndarray
    change: np.ndarray
    matrix: np.ndarray


@torch.no_grad()
def noise_draws(net: StyleGAN, seed: int, number: int, style: Style) -> Iterator[Draws]:
    """Yield the picture of a seed under random noise 0, 1, … `number` − 1, eight at a time."""
    w = net.generator.mapping.truncate(net.w([seed]), style.psi, style.cutoff)
    pictures, stds = [], []
    mean, square = 0.0, 0.0  # Welford's: no difference of large sums
    for first in range(0, number, BATCH):
        each = [noises(net, replace(style, noise="random", draw=k)) for k in range(first, min(first + BATCH, number))]
        drawn = net.generator.synthesis(w.expand(len(each), -1, -1), [torch.cat(of) for of in zip(*each, strict=True)])
        for k, picture in enumerate(to_array(drawn).clip(-1, 1).astype(np.float64), first + 1):
            away = picture - mean
            mean = mean + away / k
            square = square + away * (picture - mean)
            stds.append(np.sqrt((square / max(k - 1, 1)).mean(-1)).astype(np.float32))
            pictures.append(quantise(picture))
        yield Draws(np.stack(pictures), np.stack(stds))


def noise_strengths(net: StyleGAN) -> dict[str, float]:
    """How strongly each layer adds noise, by its name; layers without noise are left out."""
    modules = _maps(net)
    strength = {name: net.get_submodule(path).noise_strength for name, path in modules.items()}
    return {name: abs(float(value)) for name, value in strength.items() if value is not None}


@torch.no_grad()
def effects(net: StyleGAN, seed: int, others: Sequence[int], style: Style) -> Iterator[Effects]:
    """Yield the effect of each layer's style on every feature map and on the picture, after each other seed."""
    modules, layers = _maps(net), net.generator.layers
    w = net.w([seed])
    change, matrix = 0.0, 0.0
    for number, other in enumerate(others, 1):
        fine = net.w([other])
        batch = torch.cat([w, *(mix(w, fine, [i]) for i in range(len(layers)))])  # (1 + L, L, w_dim)
        with record(net, modules.values()) as heard:
            drawn = draw(net, batch, style)
        seen = to_array(drawn).clip(-1, 1)
        away = np.abs(seen[1:] - seen[:1]).mean(-1)  # (L, H, W)
        moved = np.stack([_moved(maps) for maps in (*(heard[path][0] for path in modules.values()), drawn)], axis=1)
        change, matrix = change + (away - change) / number, matrix + (moved - matrix) / number
        shown = quantise(seen)
        yield Effects(layers, (*modules, "picture"), number, shown[0], shown[1:], change, matrix)


def _moved(maps: Tensor) -> np.ndarray:
    """How far each of the maps `(1 + L, …)` is from the first, relative to its length: `(L,)`; rounding counts as 0."""
    flat = maps.flatten(1).double()
    away = ((flat[1:] - flat[:1]).norm(dim=1) / flat[0].norm().clamp_min(1e-12)).cpu().numpy()
    return np.where(away < ROUNDING, 0.0, away)


def _maps(net: StyleGAN) -> dict[str, str]:
    """The feature maps by the name of the style that makes each, and the path of the module that gives it out."""
    blocks = net.generator.synthesis.blocks
    paths = [
        f"generator.synthesis.blocks.{size}.{part}"
        for size, block in blocks.items()
        for part in ("up", "conv")
        if getattr(block, part) is not None
    ]
    return dict(zip(net.generator.layers, paths, strict=False))
