"""The denoising U-Net: down, middle and up paths of residual blocks with attention, joined by skips."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engines.models.layers import (
    CrossAttention,
    Downsample,
    ResidualBlock,
    SelfAttention,
    TimeEmbedding,
    Upsample,
    norm,
    zero,
)

CONDITIONING = ("none", "embedding", "cross-attention", "both")
TOKENS = 4  # per class, for cross-attention: over a single token the softmax would be 1 everywhere


@dataclass(frozen=True)
class UNetConfig:
    """Everything that shapes the network; `multipliers` has one entry per level, finest first.

    `patch` 2 folds each 2×2 square of pixels into channels first, so that the finest level works at half the size
    (Hoogeboom et al., 2023, "Simple diffusion", section 3.2). `attention` lists feature-map widths, not picture widths.

    The last three are there to be broken: no normalisation, no skips (neither across the U nor around a block), and a
    factor on the weights and biases that the convolutions start with.
    """

    image_size: int = 64
    image_channels: int = 3
    patch: int = 1
    model_channels: int = 64
    multipliers: tuple[int, ...] = (1, 2, 3, 4)
    blocks: int = 1
    attention: tuple[int, ...] = (16, 8)
    heads: int = 4
    dropout: float = 0.0
    classes: int = 0
    conditioning: str = "none"
    norm: bool = True
    skips: bool = True
    weight_scale: float = 1.0

    def __post_init__(self) -> None:
        if self.conditioning not in CONDITIONING:
            raise ValueError(f"conditioning is {self.conditioning!r}; allowed: {', '.join(CONDITIONING)}.")
        if (self.conditioning == "none") != (self.classes == 0):
            raise ValueError(
                f"{self.classes} classes with conditioning {self.conditioning!r}: "
                "a conditional net needs classes ≥ 1 and a conditioning, an unconditional one neither."
            )
        coarsest = self.patch * 2 ** (len(self.multipliers) - 1)
        if self.image_size % coarsest:
            raise ValueError(
                f"image_size {self.image_size} is not a multiple of {coarsest}, "
                f"which patch {self.patch} and {len(self.multipliers)} levels need."
            )
        for multiplier in self.multipliers:
            if self.model_channels * multiplier % (4 * self.heads):
                raise ValueError(
                    f"{self.model_channels} × {multiplier} channels do not split into {self.heads} heads of fours."
                )


class Level(nn.Module):
    """One residual block with the attention layers that follow it at this resolution."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        embedding: int,
        dropout: float,
        attends: bool,
        heads: int,
        context: int,
        normalise: bool,
        skip: bool,
    ) -> None:
        super().__init__()
        self.block = ResidualBlock(inputs, outputs, embedding, dropout, normalise, skip)
        self.attention = SelfAttention(outputs, heads, normalise) if attends else None
        self.cross = CrossAttention(outputs, context, heads, normalise) if attends and context else None

    def forward(self, x: Tensor, emb: Tensor, context: Tensor | None) -> Tensor:
        x = self.block(x, emb)
        if self.attention is not None:
            x = self.attention(x)
        if self.cross is not None:
            x = self.cross(x, context)
        return x


class UNet(nn.Module):
    """Predicts one tensor of the picture's shape from a noisy picture, its step and, optionally, its class.

    The class enters as an embedding added to the time embedding, as four learned tokens that pixels attend to, or both.
    Index `classes` is the learned null class that classifier-free guidance needs (Ho & Salimans, 2022).
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        self.checkpointing = False
        widths = [config.model_channels * m for m in config.multipliers]
        width = 4 * config.model_channels
        embeds = config.conditioning in ("embedding", "both")
        attends_to_class = config.conditioning in ("cross-attention", "both")
        size = config.image_size // config.patch
        folded = config.image_channels * config.patch**2

        self.time = TimeEmbedding(config.model_channels, width)
        self.label = nn.Embedding(config.classes + 1, width) if embeds else None
        self.tokens = nn.Embedding(config.classes + 1, TOKENS * width) if attends_to_class else None
        self.stem = nn.Conv2d(folded, widths[0], 3, padding=1)

        def level(inputs: int, outputs: int, attends: bool) -> Level:
            context = width if attends_to_class else 0
            of_config = config.dropout, attends, config.heads, context, config.norm, config.skips
            return Level(inputs, outputs, width, *of_config)

        self.down = nn.ModuleList()
        skips, channels = [widths[0]], widths[0]
        for i, outputs in enumerate(widths):
            for _ in range(config.blocks):
                self.down.append(level(channels, outputs, size in config.attention))
                channels = outputs
                skips.append(channels)
            if i < len(widths) - 1:
                self.down.append(Downsample(channels))
                skips.append(channels)
                size //= 2

        self.middle = nn.ModuleList([level(channels, channels, True), level(channels, channels, False)])

        self.up = nn.ModuleList()
        for i, outputs in reversed(list(enumerate(widths))):
            for _ in range(config.blocks + 1):
                skip = skips.pop() if config.skips else 0
                self.up.append(level(channels + skip, outputs, size in config.attention))
                channels = outputs
            if i:
                self.up.append(Upsample(channels))
                size *= 2

        head = zero(nn.Conv2d(channels, folded, 3, padding=1))
        self.head = nn.Sequential(norm(channels, config.norm), nn.SiLU(), head)
        if config.weight_scale != 1:
            self._scale(config.weight_scale)

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """Map `x`, `(B, C, H, W)`, at integer steps `t`, `(B,)`, to a tensor of the same shape.

        `label`, `(B,)` integers in [0, classes], is ignored by an unconditional net; None means the null class.
        """
        emb, context = self._condition(t, label)
        h = self.stem(F.pixel_unshuffle(x, self.config.patch))  # (B, widths[0], H/patch, W/patch)
        skips = [h]
        for module in self.down:
            h = self._run(module, h, emb, context)
            skips.append(h)
        for module in self.middle:
            h = self._run(module, h, emb, context)
        for module in self.up:
            if isinstance(module, Level) and self.config.skips:
                h = torch.cat([h, skips.pop()], dim=1)
            h = self._run(module, h, emb, context)
        return F.pixel_shuffle(self.head(h), self.config.patch)  # (B, C, H, W)

    @torch.no_grad()
    def _scale(self, factor: float) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                for p in module.parameters(recurse=False):
                    p.mul_(factor)

    def _condition(self, t: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor | None]:
        emb, context = self.time(t), None
        if label is None:
            label = torch.full_like(t, self.config.classes)
        if self.label is not None:
            emb = emb + self.label(label)
        if self.tokens is not None:
            context = self.tokens(label).unflatten(1, (TOKENS, -1))  # (B, TOKENS, width)
        return emb, context

    def _run(self, module: nn.Module, h: Tensor, emb: Tensor, context: Tensor | None) -> Tensor:
        if not isinstance(module, Level):
            return module(h)
        if self.checkpointing and self.training:
            return checkpoint(module, h, emb, context, use_reentrant=False)
        return module(h, emb, context)
