"""The projected discriminator (Sauer et al., 2021, "Projected GANs converge faster"): it judges what a network sees.

Frozen ImageNet features of a picture are mixed by fixed random convolutions, across channels and across scales, so that
no scale can be overlooked; four small heads learn to tell real from generated in the mixtures.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from engines.models.backbone import CHANNELS, backbone
from engines.noise import generator


@dataclass(frozen=True)
class ProjectedConfig:
    """`mixed` channels leave the random mixing, `width` is that of the heads, `seed` draws the mixing."""

    mixed: int = 64
    width: int = 128
    seed: int = 0


class Head(nn.Sequential):
    """A map of `size` px to 4 × 4 logits: strided convolutions under spectral norm."""

    def __init__(self, inputs: int, width: int, size: int) -> None:
        layers: list[nn.Module] = []
        if size == 4:
            layers += [spectral_norm(nn.Conv2d(inputs, width, 3, padding=1)), nn.LeakyReLU(0.2)]
        while size > 4:
            layers += [spectral_norm(nn.Conv2d(inputs, width, 4, stride=2, padding=1)), nn.LeakyReLU(0.2)]
            inputs, size = width, size // 2
        super().__init__(*layers, spectral_norm(nn.Conv2d(width, 1, 3, padding=1)))


class ProjectedDiscriminator(nn.Module):
    """Pictures `(B, 3, H, W)` in [-1, 1] to logits `(B, 4, 4, 4)`: heads, coarse to fine, and places; high is real."""

    def __init__(self, config: ProjectedConfig) -> None:
        super().__init__()
        self.config = config
        draw = generator(config.seed)
        for i, channels in enumerate(CHANNELS):
            self.register_buffer(f"across_{i}", _random(config.mixed, channels, 1, draw))
            self.register_buffer(f"scales_{i}", _random(config.mixed, config.mixed, 3, draw))
        self.heads = nn.ModuleList([Head(config.mixed, config.width, size) for size in (4, 8, 16, 32)])

    def forward(self, x: Tensor) -> Tensor:
        return self.judge(self.project(x))

    def project(self, x: Tensor) -> list[Tensor]:
        """The mixed features, coarse to fine, `(B, mixed, s, s)` for s = 4, 8, 16, 32; nothing here is learned."""
        half = torch.is_autocast_enabled(x.device.type)
        seen = backbone(torch.bfloat16 if half else torch.float32, str(x.device))(x)
        mixed: list[Tensor] = []
        for i in reversed(range(len(CHANNELS))):
            h = F.conv2d(seen[i], getattr(self, f"across_{i}").to(seen[i].dtype))
            if mixed:
                h = h + F.interpolate(mixed[-1], scale_factor=2.0, mode="bilinear", align_corners=False)
            mixed.append(F.conv2d(h, getattr(self, f"scales_{i}").to(h.dtype), padding=1))
        return mixed

    def judge(self, mixed: list[Tensor]) -> Tensor:
        """The heads' logits, `(B, 4, 4, 4)`, from mixed features."""
        return torch.cat([head(h) for head, h in zip(self.heads, mixed, strict=True)], dim=1)


def _random(outputs: int, inputs: int, size: int, draw: torch.Generator) -> Tensor:
    """A convolution's weights that keep the variance of what passes."""
    return torch.randn(outputs, inputs, size, size, generator=draw) / (inputs * size**2) ** 0.5
