"""The StyleGAN2 discriminator: residual blocks down to 4×4, and a look at how much the batch varies."""

import math

import torch
from torch import Tensor, nn

from engines.models.modulated import TINY, EqualConv2d, EqualLinear, leaky
from engines.models.stylegan2 import StyleGAN2Config, unit

GROUP = 4  # pictures over which the minibatch standard deviation is taken


class MinibatchStd(nn.Module):
    """Adds one channel: the standard deviation over groups of four pictures, averaged over channels and pixels.

    Karras et al., 2018, section 3. A batch that four does not divide is split into the largest groups that do.
    """

    def forward(self, x: Tensor) -> Tensor:
        b, _, h, w = x.shape
        group = next(n for n in range(min(GROUP, b), 0, -1) if b % n == 0)
        y = x.float().unflatten(0, (group, -1))  # (group, B / group, C, H, W)
        spread = (y.var(0, correction=0) + TINY).sqrt().mean((1, 2, 3))  # (B / group,)
        spread = spread.repeat(group).view(b, 1, 1, 1).expand(b, 1, h, w)
        return torch.cat([x, spread.to(x.dtype)], dim=1)  # (B, C + 1, H, W)


class DiscriminatorBlock(nn.Module):
    """A residual block that halves the size; the sum is divided by √2, which keeps its variance."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = EqualConv2d(inputs, inputs, 3)
        self.down = EqualConv2d(inputs, outputs, 3, down=True)
        self.skip = EqualConv2d(inputs, outputs, 1, down=True, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return (self.down(self.conv(x)) + self.skip(x)) * math.sqrt(0.5)  # (B, outputs, H/2, W/2)


class StyleGAN2Discriminator(nn.Module):
    """Gives each picture `(B, C, H, W)` in [-1, 1] one logit `(B,)`, float32: above 0 says that it is real."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        sizes = config.sizes[::-1]
        width = config.channels(4)
        self.from_rgb = EqualConv2d(config.image_channels, config.channels(config.image_size), 1)
        self.blocks = nn.ModuleDict(
            {str(n): DiscriminatorBlock(config.channels(n), config.channels(n // 2)) for n in sizes[:-1]}
        )
        self.minibatch_std = MinibatchStd()
        self.conv = EqualConv2d(width + 1, width, 3)
        self.dense = EqualLinear(16 * width, width)
        self.logit = EqualLinear(width, config.w_dim if config.classes else 1)
        self.embed = EqualLinear(config.classes, config.w_dim) if config.classes else None

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """A conditional net projects its features on the embedding of `label`, `(B,)` (Miyato & Koyama, 2018)."""
        h = self.from_rgb(x)
        for block in self.blocks.values():
            h = block(h)
        h = self.conv(self.minibatch_std(h))  # (B, width, 4, 4)
        h = self.logit(leaky(self.dense(h.flatten(1))))  # (B, 1), or (B, w_dim) if conditional
        if self.embed is None:
            return h.squeeze(1)
        if label is None:
            raise ValueError(f"This discriminator knows {self.config.classes} classes; say which these pictures are.")
        one_hot = nn.functional.one_hot(label, self.config.classes)
        return (h * unit(self.embed(one_hot))).sum(1) / math.sqrt(h.shape[1])
