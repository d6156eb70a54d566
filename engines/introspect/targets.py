"""What can be explained: a number that a network, be it denoiser, discriminator or classifier, gives each picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.diffusion.denoiser import Denoiser, Guided
from engines.diffusion.model import DDPM
from engines.introspect.capture import record
from engines.metrics import cats, features

PREDICTED = ("x0", "eps")


@dataclass(frozen=True)
class Target:
    """`score(net, x)` maps pictures `(B, C, H, W)` to numbers `(B,)` with gradients back to `x`.

    It is handed the network, so that a method can give it a copy with hooks of its own. `inside` is the module whose
    layers may be looked at, "" for the whole network.
    """

    net: nn.Module
    score: Callable[[nn.Module, Tensor], Tensor]
    inside: str = ""

    def __call__(self, x: Tensor) -> Tensor:
        """The number of each picture, `(B,)`."""
        return self.score(self.net, x)


@dataclass(frozen=True)
class Box:
    """A region of a picture: rows `top` to `top + height`, columns `left` to `left + width`."""

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index with."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def around(row: int, column: int, size: int, side: int) -> Box:
    """The box of `size` px around a pixel, moved inside a picture of `side` × `side`; ValueError if none is there."""
    if not (1 <= size <= side and 0 <= row < side and 0 <= column < side):
        raise ValueError(
            f"A box of {size} px around pixel ({row}, {column}); allowed: 1 to {side} px around 0 to {side - 1}."
        )
    top, left = (min(max(place - size // 2, 0), side - size) for place in (row, column))
    return Box(top, left, size, size)


def prediction(
    model: DDPM, t: int, box: Box, of: str = "x0", labels: Sequence[int] | None = None, guidance: float = 1.0
) -> Target:
    """The mean, over pixels and colours of `box`, of what a denoiser predicts at step t: `x0` or `eps`.

    The predicted x0 is not clipped to [-1, 1] here: what is clipped has no gradient.
    """
    if of not in PREDICTED:
        raise ValueError(f"Unknown prediction {of!r}; allowed: {', '.join(PREDICTED)}.")
    model.denoiser(labels, guidance)  # says what is wrong with them

    def score(net: DDPM, x_t: Tensor) -> Tensor:
        each = None if labels is None else list(labels) * len(x_t)
        x0 = _unclipped(net.denoiser(each, guidance))(x_t, t)
        seen = x0 if of == "x0" else net.schedule.predict_eps(x_t, t, x0)
        return seen[:, :, *box.slices].mean((1, 2, 3))

    return Target(model, score, "net")


def realness(gan: nn.Module) -> Target:
    """The logit of a discriminator, high for real: `gan.score` maps pictures `(B, 3, H, W)` to `(B,)`."""
    return Target(gan, lambda net, x: net.score(x), "discriminator" if hasattr(gan, "discriminator") else "")


def catness() -> Target:
    """The log odds that ImageNet's classifier gives its seven cats against all other classes."""

    def score(net: nn.Module, x: Tensor) -> Tensor:
        pool = net.extract_features(features.prepare(x).contiguous(memory_format=torch.channels_last)).mean((2, 3))
        logits = net._fc(pool)  # (B, 1000)
        cat = torch.zeros(logits.shape[1], dtype=torch.bool)
        cat[list(cats.CLASSES)] = True
        return logits[:, cat].logsumexp(1) - logits[:, ~cat].logsumexp(1)

    return Target(features.classifier("lite0"), score)


@torch.no_grad()
def layers(target: Target, x: Tensor) -> dict[str, tuple[int, int, int]]:
    """The layers of `target` that make maps of the picture `x`, `(1, C, H, W)`: name to channels, height, width.

    What is called more than once in a pass, such as a shared nonlinearity or all of a guided denoiser, is left out.
    """
    names = [name for name, _ in _blocks(target.net.get_submodule(target.inside), target.inside)]
    with record(target.net, names) as heard:
        target(x)
    maps = {name: outputs[0] for name, outputs in heard.items() if len(outputs) == 1 and isinstance(outputs[0], Tensor)}
    return {name: tuple(output.shape[1:]) for name, output in maps.items() if output.ndim == 4 and output.shape[2] > 1}


def middle(layers: dict[str, tuple[int, int, int]]) -> str:
    """The last of the coarsest layers, whose parts stand for the largest parts of the picture."""
    coarsest = min(height for _, height, _ in layers.values())
    return [name for name, (_, height, _) in layers.items() if height == coarsest][-1]


def shown(picture: np.ndarray, size: int | None = None) -> Tensor:
    """A picture, float `(H, W, 3)`, as a network takes it: `(1, 3, H, W)`, resized to `size` pixels if given."""
    x = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32))
    if size in (None, x.shape[2]):
        return x
    return F.interpolate(x, (size, size), mode="bilinear", align_corners=False, antialias=True)


def _blocks(module: nn.Module, path: str) -> list[tuple[str, nn.Module]]:
    """The children of `module`, and those of its lists and sequences, by their full name."""
    found = []
    for name, child in module.named_children():
        full = f"{path}.{name}" if path else name
        nested = isinstance(child, nn.ModuleList | nn.Sequential)
        found += _blocks(child, full) if nested else [(full, child)]
    return found


def _unclipped(denoiser: Denoiser) -> Denoiser:
    if isinstance(denoiser, Guided):
        parts = {"conditional": _unclipped(denoiser.conditional), "null": _unclipped(denoiser.null)}
        return replace(denoiser, clip=False, **parts)
    return replace(denoiser, clip=False)
