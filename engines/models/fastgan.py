"""A light generator after FastGAN (Liu et al., 2021): a picture in one short pass, trainable on a CPU."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

EXCITED_BY = 8  # px: the map whose summary gates the channels of the last one


@dataclass(frozen=True)
class FastGANConfig:
    """`widths` are the channels at 4, 8, 16, … px; their number makes the size of the picture."""

    image_size: int = 64
    image_channels: int = 3
    z_dim: int = 128
    widths: tuple[int, ...] = (256, 256, 160, 80, 40)

    def __post_init__(self) -> None:
        if self.image_size != 4 * 2 ** (len(self.widths) - 1) or len(self.widths) < 3:
            raise ValueError(
                f"{len(self.widths)} widths make pictures of {4 * 2 ** (len(self.widths) - 1)} px, not "
                f"{self.image_size}; give one width each for 4, 8, 16 … {self.image_size} px, at least three."
            )


class UpBlock(nn.Module):
    """Nearest ×2, a spectrally normalised convolution, batch norm, and half the channels gating the other half."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = spectral_norm(nn.Conv2d(inputs, 2 * outputs, 3, padding=1, bias=False))
        self.norm = nn.BatchNorm2d(2 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2.0, mode="nearest")
        return F.glu(self.norm(self.conv(x)), dim=1)


class Excitation(nn.Module):
    """Gate each channel of a large map by what a small map of the same picture holds (Liu et al., 2021, eq. 1)."""

    def __init__(self, small: int, large: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(4),
            spectral_norm(nn.Conv2d(small, large, 4, bias=False)),
            nn.SiLU(),
            spectral_norm(nn.Conv2d(large, large, 1, bias=False)),
            nn.Sigmoid(),
        )

    def forward(self, small: Tensor, large: Tensor) -> Tensor:
        return large * self.gate(small)


class FastGANGenerator(nn.Module):
    """Latents `(B, z_dim)`, of any length, to pictures `(B, C, H, W)` in [-1, 1]."""

    def __init__(self, config: FastGANConfig) -> None:
        super().__init__()
        self.config = config
        first, *rest = config.widths
        self.seed = nn.Sequential(
            spectral_norm(nn.ConvTranspose2d(config.z_dim, 2 * first, 4, bias=False)),
            nn.BatchNorm2d(2 * first),
            nn.GLU(dim=1),
        )
        pairs = zip(config.widths, rest, strict=False)
        self.blocks = nn.ModuleList([UpBlock(inputs, outputs) for inputs, outputs in pairs])
        self.excite = Excitation(config.widths[1], config.widths[-1])
        self.to_rgb = spectral_norm(nn.Conv2d(config.widths[-1], config.image_channels, 3, padding=1))

    def forward(self, z: Tensor) -> Tensor:
        z = F.normalize(z, dim=1) * z.shape[1] ** 0.5
        x = self.seed(z[:, :, None, None])  # (B, widths[0], 4, 4)
        for block in self.blocks:
            x = block(x)
            if x.shape[2] == EXCITED_BY:
                small = x
        return torch.tanh(self.to_rgb(self.excite(small, x)).float())
