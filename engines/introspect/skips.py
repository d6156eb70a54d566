"""Skip connections: how much each carries, what the network says without them, and faders for all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engines.diffusion.model import DDPM
from engines.introspect.blocks import Block, blocks, joints
from engines.introspect.capture import Edit, edit_inputs
from engines.introspect.changed import changed
from engines.introspect.features import Activations
from engines.introspect.trajectory import Frame, trajectory

MODES = ("zero", "shuffle")
FADES = (0.0, 2.0)


@dataclass(frozen=True)
class Faders:
    """How loud each part is where they join: `backbone` everywhere, `skips` by the name of the block they enter.

    1, also for what is not named, changes nothing, bit for bit; 0 is silence. `shuffled` are the blocks whose skip
    comes from the next picture of the batch.
    """

    backbone: float = 1.0
    skips: Mapping[str, float] = field(default_factory=dict)
    shuffled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Harm:
    """What the loss of one skip does at one noise level, for S levels and K skips, `(S, K)` each.

    `noise` is the relative change of the predicted noise, |ε′ − ε| / |ε| over the whole batch, `x0` that of the
    predicted picture. `t` `(S,)` are the levels, `names` `(K,)` the blocks where the skips enter.
    """

    names: tuple[str, ...]
    t: np.ndarray
    noise: np.ndarray
    x0: np.ndarray


def split(model: DDPM, block: Block, backbone: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
    """What the first convolution of `block` makes of its two inputs, `(B, C, h, w)` each: their sum is its output.

    The normalisation before it mixes the parts, so it sees both; the convolution is linear, so it can be split. Its
    bias belongs to neither and is left out.
    """
    inner = model.get_submodule(block.name).block
    z = F.silu(inner.norm1(torch.cat([backbone, skip], dim=1)))
    weight, at = inner.conv1.weight, block.backbone
    parts = ((z[:, :at], weight[:, :at]), (z[:, at:], weight[:, at:]))
    first, second = (F.conv2d(x, w, padding=inner.conv1.padding) for x, w in parts)
    return first, second


@torch.no_grad()
def shares(model: DDPM, seen: Activations) -> np.ndarray:
    """The skip's share |s| / (|b| + |s|) of what enters each joint, `(S, K)`: norms of the two parts of `split`."""
    names = [block.name for block in seen.blocks]
    columns = []
    for joint in joints(seen.blocks):
        before = seen.values[names.index(joint.name) - 1]
        pair = (torch.from_numpy(values).to(model.device).float() for values in (before, seen.of(joint.skip)))
        b, s = (part.flatten(1).norm(dim=1) for part in split(model, joint, *pair))
        columns.append((s / (b + s).clamp(min=1e-12)).cpu().numpy())
    return np.stack(columns, axis=1) if columns else np.zeros((len(seen), 0), np.float32)


def edits(model: DDPM, faders: Faders) -> dict[str, Edit]:
    """The hooks of `faders`, by the module whose input they change.

    Raises ValueError for a fader outside 0 to 2, LookupError for a block without a skip.
    """
    there = {block.name: block for block in joints(blocks(model))}
    for name in {*faders.skips, *faders.shuffled} - set(there):
        raise LookupError(f"No skip enters {name!r}; skips enter: {', '.join(there) or 'nowhere in this network'}.")
    for factor in (faders.backbone, *faders.skips.values()):
        if not FADES[0] <= factor <= FADES[1]:
            raise ValueError(f"A fader is at {factor:g}; allowed: {FADES[0]:g} to {FADES[1]:g}.")
    settings = {name: (faders.backbone, faders.skips.get(name, 1.0), name in faders.shuffled) for name in there}
    return {name: _fading(there[name].backbone, *how) for name, how in settings.items() if how != (1, 1, False)}


def faded(model: DDPM, faders: Faders, *, seeds: Sequence[int], **settings: Any) -> Iterator[Frame]:
    """Yield the frames of a chain under `faders`; seeds and `settings` as `trajectory`'s.

    Raises ValueError, at the call, for one seed where a skip is to be shuffled.
    """
    if faders.shuffled and len(seeds) < 2:
        raise ValueError(f"{len(seeds)} seed; to shuffle a skip over the batch takes at least 2.")
    hooks = edits(model, faders)
    return changed(model, trajectory(model, seeds=seeds, **settings), inputs=hooks)


def harm(
    model: DDPM,
    x_t: np.ndarray,
    t: np.ndarray,
    mode: str = "zero",
    label: int | None = None,
    guidance: float = 1.0,
) -> Iterator[Harm]:
    """Yield, level by level, what the loss of each skip changes; the last one holds all levels.

    `x_t`, float32 `(S, B, H, W, C)`, are the states of B pictures at each step of `t`, `(S,)`. `mode` is `zero`, or
    `shuffle`: the skip of the next picture. Raises ValueError at the call for what does not fit.
    """
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}; allowed: {', '.join(MODES)}.")
    if x_t.ndim != 5 or len(x_t) != len(t) or (mode == "shuffle" and x_t.shape[1] < 2):
        raise ValueError(f"States {x_t.shape} at {len(t)} levels; needed: (levels, pictures, H, W, C), 2 to shuffle.")
    names = tuple(block.name for block in joints(blocks(model)))
    denoise = model.denoiser(None if label is None else [label] * x_t.shape[1], guidance)

    @torch.no_grad()
    def predict(x: Tensor, step: int, faders: Faders | None) -> tuple[Tensor, Tensor]:
        with edit_inputs(model, edits(model, faders) if faders else {}):
            x0 = denoise(x, step)
        return denoise.schedule.predict_eps(x, step, x0), x0

    def levels() -> Iterator[Harm]:
        rows: list[list[tuple[float, float]]] = []
        for states, step in zip(x_t, t.tolist(), strict=True):
            x = torch.from_numpy(np.ascontiguousarray(states.transpose(0, 3, 1, 2), dtype=np.float32)).to(model.device)
            whole = predict(x, step, None)
            rows.append([_apart(predict(x, step, _without(name, mode)), whole) for name in names])
            both = np.array(rows).reshape(len(rows), len(names), 2)
            yield Harm(names, np.asarray(t[: len(rows)]), both[..., 0], both[..., 1])

    return levels()


def _without(name: str, mode: str) -> Faders:
    return Faders(skips={name: 0.0}) if mode == "zero" else Faders(shuffled=frozenset({name}))


def _apart(changed: tuple[Tensor, Tensor], whole: tuple[Tensor, Tensor]) -> tuple[float, float]:
    noise, x0 = (float((a - b).norm() / b.norm().clamp(min=1e-12)) for a, b in zip(changed, whole, strict=True))
    return noise, x0


def _fading(at: int, backbone: float, skip: float, shuffled: bool) -> Edit:
    def fade(x: Tensor) -> Tensor:  # (B, backbone + skip, h, w)
        h, s = x[:, :at], x[:, at:]
        return torch.cat([h * backbone, (s.roll(-1, 0) if shuffled else s) * skip], dim=1)

    return fade
