"""DCGAN (Radford et al., 2016): a generator and a discriminator of nothing but convolutions.

One config spans plain nets, whose discriminator has batch norm and ends in a probability, and stable ones: logits,
spectral norm (Miyato et al., 2018) in place of the discriminator's batch norm, weights from N(0, 0.02²).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

_CHOICES = {
    "output": ("tanh", "sigmoid"),
    "to_rgb": ("upsample", "1x1"),
    "discriminator_norm": ("batch", "spectral"),
    "init": ("normal", "torch"),
}


@dataclass(frozen=True)
class DCGANConfig:
    """Everything that shapes both nets; the finest feature maps have `width` channels, coarser ones up to 8 `width`.

    `to_rgb` "upsample" doubles the size in the generator's last layer as the paper does, "1x1" reaches full size one
    layer earlier. `logits` False ends the discriminator in a sigmoid: its outputs are probabilities. `init` "normal"
    draws weights from N(0, 0.02²) and the gains of batch norm from N(1, 0.02²), "torch" leaves them as PyTorch does.
    """

    image_size: int = 64
    image_channels: int = 3
    z_dim: int = 100
    width: int = 64
    output: str = "tanh"
    to_rgb: str = "upsample"
    discriminator_norm: str = "spectral"
    logits: bool = True
    init: str = "normal"

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}.")
        if self.image_size < 8 or self.image_size & (self.image_size - 1):
            raise ValueError(f"image_size is {self.image_size}; a DCGAN needs a power of two, 8 or more.")
        for name in ("image_channels", "z_dim", "width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 1 or more.")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the hidden layers, finest first: the discriminator's order, the generator's backwards."""
        layers = self.image_size.bit_length() - (2 if self.to_rgb == "1x1" else 3)
        return tuple(self.width * 2 ** min(i, 3) for i in range(layers))


class DCGANGenerator(nn.Module):
    """Latents to pictures: `net` starts with 4×4 feature maps and doubles their size layer by layer."""

    def __init__(self, config: DCGANConfig) -> None:
        super().__init__()
        self.config = config
        first, *finer = reversed(config.widths)
        layers = [nn.ConvTranspose2d(config.z_dim, first, 4, bias=False), nn.BatchNorm2d(first), nn.ReLU(inplace=True)]
        channels = first
        for width in finer:
            layers += [
                nn.ConvTranspose2d(channels, width, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            channels = width
        kernel, stride, padding = (1, 1, 0) if config.to_rgb == "1x1" else (4, 2, 1)
        layers.append(nn.ConvTranspose2d(channels, config.image_channels, kernel, stride, padding, bias=False))
        layers.append(nn.Tanh() if config.output == "tanh" else nn.Sigmoid())
        self.net = nn.Sequential(*layers)
        _initialise(self.net, config.init)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one picture."""
        return (self.config.image_channels, self.config.image_size, self.config.image_size)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.net[0].weight.device

    def forward(self, z: Tensor) -> Tensor:
        """Pictures `(B, C, H, W)` in [-1, 1] of latents `(B, z_dim)`, whichever function `net` ends with."""
        x = self.net(z[:, :, None, None])
        return x if self.config.output == "tanh" else 2 * x - 1


class DCGANDiscriminator(nn.Module):
    """Pictures to one number each: every layer halves the size, the last covers what is left, 4×4 or 2×2."""

    def __init__(self, config: DCGANConfig) -> None:
        super().__init__()
        self.config = config
        batch = config.discriminator_norm == "batch"
        layers, channels = [], config.image_channels
        for i, width in enumerate(config.widths):
            layers.append(nn.Conv2d(channels, width, 4, stride=2, padding=1, bias=not batch))
            if batch and i > 0:  # the paper leaves the layer that sees pixels without
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            channels = width
        left = config.image_size >> len(config.widths)
        layers.append(nn.Conv2d(channels, 1, left, stride=left, bias=not batch))
        if not config.logits:
            layers.append(nn.Sigmoid())
        self.net = nn.Sequential(*layers)
        _initialise(self.net, config.init)
        if not batch:
            for layer in self.net:
                if isinstance(layer, nn.Conv2d):
                    spectral_norm(layer)

    def forward(self, x: Tensor) -> Tensor:
        """Logits `(B,)` of pictures `(B, C, H, W)` in [-1, 1], or probabilities of being real without `logits`."""
        if self.config.output == "sigmoid":
            x = (x + 1) / 2  # the range that its generator's last function gives
        return self.net(x).flatten()


def _initialise(net: nn.Sequential, init: str) -> None:
    if init == "torch":
        return
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
