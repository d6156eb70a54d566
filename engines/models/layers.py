"""The blocks that the U-Net is made of: time embedding, residual block, self- and cross-attention, up and down.

Every attention layer passes its softmax through `self.weights`, a no-op that can be hooked; see `explicit_attention`.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_explicit: ContextVar[bool] = ContextVar("explicit_attention", default=False)


@contextmanager
def explicit_attention() -> Iterator[None]:
    """Make every attention layer compute its softmax in the open, in this thread only, while the block runs.

    The fused kernel is faster but never holds the attention weights, so whoever wants to hook `.weights` asks for this.
    """
    token = _explicit.set(True)
    try:
        yield
    finally:
        _explicit.reset(token)


def zero(module: nn.Module) -> nn.Module:
    """Set every parameter of `module` to 0, so that a residual branch starts as the identity (Ho et al., 2020)."""
    for p in module.parameters():
        nn.init.zeros_(p)
    return module


def norm(channels: int, there: bool = True) -> nn.Module:
    """GroupNorm with groups of at least four channels and at most 32 groups; nothing at all if not `there`."""
    if not there:
        return nn.Identity()
    groups = min(32, channels // 4)
    while channels % groups:
        groups -= 1
    return nn.GroupNorm(groups, channels)


class TimeEmbedding(nn.Module):
    """Sinusoids of the step `t`, `(B,)`, then two linear layers (Vaswani et al., 2017; Ho et al., 2020).

    Returns `(B, width)`. Half the sinusoids are cosines, half sines, with wavelengths from 2π to 20 000π steps.
    """

    def __init__(self, sinusoids: int, width: int) -> None:
        super().__init__()
        half = sinusoids // 2
        frequencies = torch.exp(-math.log(10_000) * torch.arange(half) / half)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.mlp = nn.Sequential(nn.Linear(sinusoids, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t: Tensor) -> Tensor:
        angle = t.float()[:, None] * self.frequencies  # (B, half)
        return self.mlp(torch.cat([angle.cos(), angle.sin()], dim=1))  # (B, width)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions; the embedding scales and shifts between them (Dhariwal & Nichol, 2021, section 3).

    Without `skip` there is no way around the convolutions, and so the second one does not start at zero.
    """

    def __init__(
        self, inputs: int, outputs: int, embedding: int, dropout: float = 0.0, normalise: bool = True, skip: bool = True
    ) -> None:
        super().__init__()
        self.skip = skip
        self.norm1 = norm(inputs, normalise)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulation = nn.Linear(embedding, 2 * outputs)
        self.norm2 = norm(outputs, normalise)
        self.dropout = nn.Dropout(dropout)
        conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv2 = zero(conv2) if skip else conv2
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if skip and inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))  # (B, outputs, H, W)
        scale, shift = self.modulation(F.silu(emb))[:, :, None, None].chunk(2, dim=1)  # (B, outputs, 1, 1) each
        h = torch.addcmul(shift, self.norm2(h), 1 + scale)
        h = self.conv2(self.dropout(F.silu(h)))  # (B, outputs, H, W)
        return self.shortcut(x) + h if self.skip else h


def _attend(q: Tensor, k: Tensor, v: Tensor, weights: nn.Module) -> Tensor:
    """Attention of `q`, `(B, heads, N, d)`, over `k` and `v`, `(B, heads, M, d)`; fused unless someone is looking."""
    if not _explicit.get():
        return F.scaled_dot_product_attention(q, k, v)
    w = weights((q.float() @ k.float().mT / q.shape[-1] ** 0.5).softmax(-1))  # (B, heads, N, M)
    return (w @ v.float()).to(v.dtype)


class SelfAttention(nn.Module):
    """Attention over pixels (Wang et al., 2018). `weights` sees `(B, heads, HW, HW)`; row i is where pixel i looks."""

    def __init__(self, channels: int, heads: int, normalise: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.norm = norm(channels, normalise)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zero(nn.Conv2d(channels, channels, 1))
        self.weights = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(self.norm(x)).flatten(2).unflatten(1, (3, self.heads, -1))  # (B, 3, heads, d, HW)
        q, k, v = qkv.mT.contiguous().unbind(1)  # (B, heads, HW, d)
        a = _attend(q, k, v, self.weights)
        return x + self.out(a.mT.flatten(1, 2).view(x.shape))  # (B, C, H, W)


class CrossAttention(nn.Module):
    """Attention of pixels over `M` condition tokens. `weights` sees `(B, heads, HW, M)` (Rombach et al., 2022)."""

    def __init__(self, channels: int, context: int, heads: int, normalise: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.norm = norm(channels, normalise)
        self.q = nn.Conv2d(channels, channels, 1)
        self.kv = nn.Linear(context, 2 * channels)
        self.out = zero(nn.Conv2d(channels, channels, 1))
        self.weights = nn.Identity()

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        q = self.q(self.norm(x)).flatten(2).unflatten(1, (self.heads, -1)).mT  # (B, heads, HW, d)
        kv = self.kv(context).unflatten(2, (2, self.heads, -1))  # (B, M, 2, heads, d)
        k, v = kv.permute(2, 0, 3, 1, 4)  # (B, heads, M, d)
        a = _attend(q, k, v, self.weights)
        return x + self.out(a.mT.flatten(1, 2).view(x.shape))  # (B, C, H, W)


class Downsample(nn.Conv2d):
    """A 3×3 convolution with stride 2: `(B, C, H, W)` to `(B, C, H/2, W/2)`."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, 3, stride=2, padding=1)


class Upsample(nn.Module):
    """Nearest neighbour ×2 and a 3×3 convolution: `(B, C, H, W)` to `(B, C, 2H, 2W)`, without checkerboards."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
