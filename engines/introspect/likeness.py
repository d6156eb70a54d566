"""How much every square of a picture is like a set of pictures of one thing, place by place.

The template is the mean over the set of what two early layers of EfficientNet-Lite0 see at each place. Squares are
compared with it by cosine, after the mean over places is taken off, so that what counts is where something is. All
squares of one size are compared in one pass of the network over the picture (Sermanet et al., OverFeat, 2014).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engines.images import to_tensor
from engines.metrics.features import classifier

LAYERS = {4: (8, 1.0), 10: (16, 0.5)}  # block of the network: its stride in px, and its weight
_RIM = 32  # px of mirrored picture around it, so that zeros outside do not look like an edge
_GRID = 16  # px that a picture's sides are multiples of


@dataclass(frozen=True)
class Template:
    """The thing at `size` px: of each layer the mean `(C,)` and the pattern `(C, size / stride, …)`, of norm 1."""

    size: int
    layers: dict[int, tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Likeness:
    """`values[i, j]` in [-1, 1] is the likeness of the square whose corner is at row `i · down`, column `j · across`.

    All squares of the map have the side that was asked for and lie within the picture.
    """

    values: np.ndarray  # (rows, columns), float32
    down: float
    across: float


@torch.no_grad()
def template(pictures: np.ndarray, size: int) -> Template:
    """What pictures, uint8 `(N, h, h, 3)`, have in common at `size` px; every second one is mirrored."""
    x = F.interpolate(to_tensor(pictures), (size, size), mode="bilinear", align_corners=False, antialias=True)
    x = torch.cat([x[::2], x[1::2].flip(3)])
    layers = {}
    for block, seen in _seen(x).items():
        mean = seen.mean((0, 2, 3))
        pattern = seen.mean(0) - mean[:, None, None]
        layers[block] = (mean, pattern / pattern.norm())
    return Template(size, layers)


@torch.no_grad()
def likeness(picture: np.ndarray, side: float, like: Template) -> Likeness:
    """Compare all squares of `side` px, at most H and W, of a picture, uint8 `(H, W, 3)`, with the template."""
    shown = [_shown(length, side, like.size) for length in picture.shape[:2]]
    x = F.interpolate(to_tensor(picture[None]), shown, mode="bilinear", align_corners=False, antialias=True)
    whole = sum(weight for _, weight in LAYERS.values())
    stride = min(stride for stride, _ in LAYERS.values())
    places = [(length - like.size) // stride + 1 for length in shown]
    values = torch.zeros(1, 1, *places)
    for block, seen in _seen(x).items():
        mean, pattern = like.layers[block]
        centred = seen - mean[:, None, None]
        energy = F.conv2d(centred.square().sum(1, keepdim=True), torch.ones(1, 1, *pattern.shape[1:]))
        cosine = F.conv2d(centred, pattern[None]) / energy.clamp_min(1e-12).sqrt()
        finer = F.interpolate(cosine, places, mode="bilinear", align_corners=True)
        values += LAYERS[block][1] / whole * finer
    down, across = (stride * length / seen for length, seen in zip(picture.shape[:2], shown, strict=True))
    return Likeness(values[0, 0].numpy(), down, across)


def peak(values: np.ndarray, at: int) -> float:
    """How far beside `at` a parabola through it and its neighbours is highest, within half a step."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    return max(-0.5, min(0.5, 0.5 * (before - after) / bend)) if bend < 0 else 0.0


def _shown(length: int, side: float, size: int) -> int:
    """The px at which a picture's side is shown so that a square of `side` has `size`, to the grid."""
    return max(size, _GRID * math.ceil((_RIM + 1) / _GRID), _GRID * round(length * size / side / _GRID))


def _seen(x: Tensor) -> dict[int, Tensor]:
    """What the layers see of pictures `(B, 3, H, W)` in [-1, 1], without the rim."""
    net = classifier("lite0")
    x = F.pad(x, (_RIM,) * 4, mode="reflect").contiguous(memory_format=torch.channels_last)
    x = net._swish(net._bn0(net._conv_stem(x)))
    seen = {}
    for block in range(max(LAYERS) + 1):
        x = net._blocks[block](x)
        if block in LAYERS:
            rim = _RIM // LAYERS[block][0]
            seen[block] = x[:, :, rim : x.shape[2] - rim, rim : x.shape[3] - rim]
    return seen
