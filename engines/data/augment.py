"""Augmentation of a batch. Nothing here can leave a trace a model would learn: no black corner, no hard edge."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Augmentation:
    """What may change, each picture on its own; zeros and False change nothing.

    `rotate` is the largest angle in degrees. `brightness` and `contrast` are the largest relative changes, below 1.
    Colour jitter shows in what a generative model draws, so it is off unless asked for.
    """

    flip: bool = True
    rotate: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.rotate <= 180:
            raise ValueError(f"rotate is {self.rotate:g}; allowed: 0 to 180 degrees.")
        for name in ("brightness", "contrast"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name):g}; allowed: from 0 to below 1.")


def augment(x: Tensor, config: Augmentation, generator: Generator) -> Tensor:
    """Change a batch `(B, 3, H, W)` in [-1, 1] at random and return it in the same range.

    `generator` is on the CPU; a batch of B draws 4·B numbers from it, whatever is switched on.
    """
    draws = torch.rand(4, len(x), 1, 1, 1, generator=generator).to(x)
    if config.flip:
        x = torch.where(draws[0] < 0.5, x.flip(3), x)
    if config.rotate:
        x = rotate(x, (2 * draws[1].flatten() - 1) * config.rotate)
    if config.brightness or config.contrast:
        x = _jitter(x, 1 + (2 * draws[2] - 1) * config.brightness, 1 + (2 * draws[3] - 1) * config.contrast)
    return x


def rotate(x: Tensor, degrees: Tensor) -> Tensor:
    """Turn each picture of `(B, C, H, W)` counter-clockwise by its angle; what comes in from outside is mirrored."""
    h, w = x.shape[2:]
    cos, sin = torch.deg2rad(degrees).cos(), torch.deg2rad(degrees).sin()
    zero = torch.zeros_like(cos)
    rows = [cos, -sin * h / w, zero], [sin * w / h, cos, zero]
    theta = torch.stack([torch.stack(row, 1) for row in rows], 1)  # (B, 2, 3)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def _jitter(x: Tensor, brightness: Tensor, contrast: Tensor) -> Tensor:
    """Scale the light, then the distance of every pixel from the picture's mean."""
    light = (x + 1) * brightness
    mean = light.mean((1, 2, 3), keepdim=True)
    return (mean + (light - mean) * contrast - 1).clamp(-1, 1)
