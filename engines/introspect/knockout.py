"""Switch attention heads off, or up: the same seed again with some heads changed, and how much the picture suffers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engines.diffusion.model import DDPM
from engines.introspect.attention import layers
from engines.introspect.capture import Edit, edit_inputs
from engines.introspect.trajectory import Frame, trajectory
from engines.metrics.features import pooled

Factors = Mapping[tuple[str, int], float]  # (layer's name, head counted from 0) -> factor


def edited(model: DDPM, changes: Sequence[Factors], seed: int, **settings: Any) -> Iterator[Frame]:
    """Yield the frames of one chain per entry of `changes`, all from the noise of `seed`; `settings` as `trajectory`'s.

    A head's factor multiplies what the head adds to the picture: its output, before the layer mixes its heads. 0 takes
    the head out, 1 changes nothing, bit for bit, 2 lets it speak twice as loud. Raises ValueError, at the call, for a
    factor outside 0 to 2, LookupError for a head that is not there.
    """
    hooks = _hooks(model, changes)
    frames = trajectory(model, seeds=[seed] * len(changes), **settings)
    return _under(model, hooks, frames)


def damage(pictures: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The RMS difference of each picture `(B, H, W, C)` in [-1, 1] from `reference` `(H, W, C)`: `(B,)`, at most 2."""
    return np.sqrt(np.square(pictures - reference, dtype=np.float64).mean((1, 2, 3)))


@torch.no_grad()
def distance(pictures: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """How different pictures `(B, H, W, 3)` in [-1, 1] are from `reference` for EfficientNet-Lite0: `(B,)`, 1 − cosine.

    0 for the same features; features are never negative, so at most 1.
    """
    both = np.concatenate([reference[None], pictures]).clip(-1, 1).transpose(0, 3, 1, 2)
    features = F.normalize(pooled(torch.from_numpy(np.ascontiguousarray(both, dtype=np.float32))).double())
    return (1 - features[1:] @ features[0]).clamp(min=0).numpy()


def _under(model: DDPM, hooks: Mapping[str, Edit], frames: Iterator[Frame]) -> Iterator[Frame]:
    """Each step runs under the hooks, and nothing else does: they are off while a frame is being looked at."""
    while True:
        with edit_inputs(model, hooks):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _hooks(model: DDPM, changes: Sequence[Factors]) -> dict[str, Edit]:
    there = {layer.name: layer for layer in layers(model)}
    tables: dict[str, Tensor] = {}
    for i, factors in enumerate(changes):
        for (name, head), factor in factors.items():
            if name not in there or not 0 <= head < there[name].heads:
                raise LookupError(f"There is no head {head} in layer {name!r}; layers: {', '.join(there)}.")
            if not 0 <= factor <= 2:
                raise ValueError(f"Head {head} of {name} is to count {factor:g} times; allowed: 0 to 2.")
            tables.setdefault(name, torch.ones(len(changes), there[name].heads))[i, head] = factor
    return {f"{name}.out": _scaling(table.to(model.device)) for name, table in tables.items()}


def _scaling(table: Tensor) -> Edit:
    """Scale the channels of each head, `(B, heads)` factors, in what goes into a layer's last convolution."""

    def scale(x: Tensor) -> Tensor:  # (B, C, H, W)
        return x * table.repeat_interleave(x.shape[1] // table.shape[1], dim=1)[:, :, None, None]

    return scale
