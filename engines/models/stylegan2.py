"""The StyleGAN2 generator: a mapping from z to w, and a synthesis that w steers layer by layer.

Written from Karras et al., 2020, "Analyzing and improving the image quality of StyleGAN" (skip generator, modulated
and demodulated convolutions) and "Training generative adversarial networks with limited data" (shallow mapping).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engines.models.modulated import TINY, EqualLinear, Resample, StyledConv, ToRGB, leaky

NOISE = ("random", "fixed", "none")
MAPPING_RATE = 0.01  # the mapping learns this much more slowly than the rest
W_AVG_DECAY = 0.995

Draw = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class StyleGAN2Config:
    """Everything that shapes generator and discriminator; a feature map of n px has min(base / n, max) channels.

    Noise enters at up to `noise_up_to` px; `classes` > 0 makes both networks conditional.
    """

    image_size: int = 64
    image_channels: int = 3
    z_dim: int = 128
    w_dim: int = 128
    mapping_layers: int = 2
    channel_base: int = 4096
    channel_max: int = 128
    noise_up_to: int = 32
    classes: int = 0

    def __post_init__(self) -> None:
        if self.image_size < 8 or self.image_size & (self.image_size - 1):
            raise ValueError(f"image_size is {self.image_size}; StyleGAN2 needs a power of two from 8 on.")
        for name in ("image_channels", "z_dim", "w_dim", "mapping_layers", "channel_max"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1.")
        if self.channel_base < self.image_size:
            raise ValueError(f"channel_base {self.channel_base} leaves no channel at {self.image_size} px.")
        if self.noise_up_to < 0 or self.classes < 0:
            raise ValueError(f"noise_up_to {self.noise_up_to} and classes {self.classes} must not be negative.")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The widths of the feature maps, coarsest first: 4, 8, … `image_size`."""
        return tuple(2**i for i in range(2, int(math.log2(self.image_size)) + 1))

    def channels(self, size: int) -> int:
        """How many channels a feature map of `size` px has."""
        return min(self.channel_base // size, self.channel_max)

    @property
    def layers(self) -> tuple[str, ...]:
        """The style inputs in order: each convolution has one, and so has the last conversion to colours.

        A conversion before the last shares the style of the convolution that follows it.
        """
        convs = [name for n in self.sizes[1:] for name in (f"{n} px up", f"{n} px")]
        return ("4 px", *convs, f"{self.image_size} px colour")


def unit(x: Tensor) -> Tensor:
    """Divide each row of `x`, `(B, D)`, by its root mean square."""
    return x * (x.square().mean(1, keepdim=True) + TINY).rsqrt()


class Mapping(nn.Module):
    """Maps `z`, `(B, z_dim)`, to the intermediate latent w, and keeps w's running mean for truncation."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.copies = len(config.layers)
        self.embed = EqualLinear(config.classes, config.w_dim) if config.classes else None
        widths = [config.z_dim + (config.w_dim if config.classes else 0), *[config.w_dim] * config.mapping_layers]
        self.layers = nn.ModuleList(EqualLinear(i, o, rate=MAPPING_RATE) for i, o in pairwise(widths))
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """The same w for every layer, `(B, layers, w_dim)`; `label`, `(B,)` integers, is for a conditional net only."""
        h = unit(z.float())
        if self.embed is not None:
            if label is None:
                raise ValueError(f"This generator knows {self.embed.weight.shape[1]} classes; say which to draw.")
            one_hot = F.one_hot(label, self.embed.weight.shape[1])
            h = torch.cat([h, unit(self.embed(one_hot))], dim=1)
        for layer in self.layers:
            h = leaky(layer(h))  # (B, w_dim)
        return h[:, None].expand(-1, self.copies, -1)

    @torch.no_grad()
    def track(self, w: Tensor) -> None:
        """Move the running mean by 0.5 % towards the mean of `w`, `(B, layers, w_dim)` before any style mixing."""
        self.w_avg.lerp_(w[:, 0].float().mean(0), 1 - W_AVG_DECAY)

    def truncate(self, w: Tensor, psi: float, cutoff: int | None = None) -> Tensor:
        """Pull the first `cutoff` layers of `w` (all for None) to the mean: w_avg + ψ (w − w_avg).

        ψ = 1 changes nothing, 0 leaves one mean picture, below 0 lies its far side (Karras et al., 2019, appendix B).
        """
        if psi == 1:
            return w
        cutoff = self.copies if cutoff is None else cutoff
        return torch.cat([self.w_avg.lerp(w[:, :cutoff], psi), w[:, cutoff:]], dim=1)


class SynthesisBlock(nn.Module):
    """Everything at one size: two styled convolutions (one at 4 px) and the picture that they add."""

    def __init__(self, config: StyleGAN2Config, size: int) -> None:
        super().__init__()
        channels, noisy = config.channels(size), size <= config.noise_up_to
        self.up = None
        if size > 4:
            self.up = StyledConv(config.channels(size // 2), channels, config.w_dim, size, noisy, up=True)
        self.conv = StyledConv(channels, channels, config.w_dim, size, noisy)
        self.rgb = ToRGB(channels, config.image_channels, config.w_dim)


class Synthesis(nn.Module):
    """Draws pictures from a learned 4×4 constant; at each size a picture is added to the enlarged one so far."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.const = nn.Parameter(torch.randn(config.channels(4), 4, 4))
        self.blocks = nn.ModuleDict({str(n): SynthesisBlock(config, n) for n in config.sizes})
        self.resample = Resample()

    @property
    def noise_sizes(self) -> tuple[int, ...]:
        """The widths of the noise pictures that one picture takes, in order."""
        return tuple(conv.size for conv in self._convs() if conv.noise_strength is not None)

    def _convs(self) -> Iterator[StyledConv]:
        for block in self.blocks.values():
            if block.up is not None:
                yield block.up
            yield block.conv

    def forward(self, w: Tensor, noise: str | Sequence[Tensor] = "random", draw: Draw = torch.randn_like) -> Tensor:
        """Pictures `(B, C, H, W)`, float32, around [-1, 1] once trained, from `w`, `(B, layers, w_dim)`.

        `noise` is `random` (asked from `draw`, which gets a tensor `(B, 1, n, n)` to fill the like of), `fixed` (the
        buffers in the weights), `none`, or one tensor per entry of `noise_sizes`, broadcast to `(B, 1, n, n)`.
        """
        given = self._noise(w, noise, draw)
        x = self.const.expand(len(w), -1, -1, -1)
        picture, i = None, 0
        for block in self.blocks.values():
            if block.up is not None:
                x, i = block.up(x, w[:, i], next(given)), i + 1
            x, i = block.conv(x, w[:, i], next(given)), i + 1
            colours = block.rgb(x, w[:, i])  # (B, C, n, n)
            picture = colours if picture is None else self._enlarge(picture) + colours
        return picture

    def _enlarge(self, picture: Tensor) -> Tensor:
        with torch.autocast(picture.device.type, enabled=False):
            return self.resample.up(picture)

    def _noise(self, w: Tensor, noise: str | Sequence[Tensor], draw: Draw) -> Iterator[Tensor | None]:
        """The noise of one layer after the other; None where there is none."""
        if isinstance(noise, str) and noise not in NOISE:
            raise ValueError(f"noise is {noise!r}; allowed: {', '.join(NOISE)}, or a list of tensors.")
        if not isinstance(noise, str) and len(noise) != len(self.noise_sizes):
            raise ValueError(f"{len(noise)} noise tensors came; this generator takes {len(self.noise_sizes)}.")
        given = iter(()) if isinstance(noise, str) else iter(noise)
        for conv in self._convs():
            if noise == "none" or conv.noise_strength is None:
                yield None
            elif noise == "fixed":
                yield conv.noise_fixed
            elif noise == "random":
                yield draw(w.new_empty(len(w), 1, conv.size, conv.size, dtype=torch.float32))
            else:
                yield next(given).to(w.device)


class StyleGAN2Generator(nn.Module):
    """Mapping and synthesis in one; `layers` names the style inputs in order."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        self.mapping = Mapping(config)
        self.synthesis = Synthesis(config)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the style inputs, coarsest first."""
        return self.config.layers

    def forward(
        self,
        z: Tensor,
        *,
        label: Tensor | None = None,
        psi: float = 1.0,
        cutoff: int | None = None,
        noise: str | Sequence[Tensor] = "random",
        draw: Draw = torch.randn_like,
    ) -> Tensor:
        """Pictures `(B, C, H, W)` from `z`, `(B, z_dim)` standard normal; see `truncate` and `Synthesis.forward`."""
        return self.synthesis(self.mapping.truncate(self.mapping(z, label), psi, cutoff), noise, draw)
