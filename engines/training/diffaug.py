"""DiffAugment (Zhao et al., 2020): what the discriminator sees is changed at random, differentiably."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

SHIFT = 0.25  # largest translation, as a share of the size


def diffaug(x: Tensor, draw: Generator) -> Tensor:
    """Change brightness, saturation and contrast of each picture of `(B, 3, H, W)` in [-1, 1] and shift it."""
    brightness, saturation, contrast = torch.rand(3, len(x), 1, 1, 1, generator=draw).to(x)
    x = x + brightness - 0.5
    x = torch.lerp(x.mean(1, keepdim=True), x, 2 * saturation)
    x = torch.lerp(x.mean((1, 2, 3), keepdim=True), x, contrast + 0.5)
    return translate(x, SHIFT, draw)


def translate(x: Tensor, share: float, draw: Generator) -> Tensor:
    """Move each picture by whole pixels, at most `share` of its size; what comes in from outside is grey, 0."""
    b, _, h, w = x.shape
    up, left = round(share * h), round(share * w)
    rows = torch.randint(2 * up + 1, (b, 1), generator=draw) + torch.arange(h)  # (B, H) into the padded picture
    columns = torch.randint(2 * left + 1, (b, 1), generator=draw) + torch.arange(w)
    padded = F.pad(x, (left, left, up, up)).permute(0, 2, 3, 1)  # (B, H', W', C)
    which = torch.arange(b)[:, None, None]
    moved = padded[which, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)
