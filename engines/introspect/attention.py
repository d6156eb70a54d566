"""Read every attention layer of a denoiser at every step of a chain that was already made, by replaying its states."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from engines.diffusion.model import DDPM
from engines.introspect.capture import record
from engines.models.layers import Downsample, Upsample, explicit_attention
from engines.models.unet import TOKENS, Level

BATCH = 4  # frames in one network call: large enough to be fast, small enough to cancel


@dataclass(frozen=True)
class Layer:
    """An attention layer: `name` is its path among the modules, `title` is for people.

    Its pixels form a grid of `side` × `side`; each looks at `keys` keys: all pixels, or with `cross` the class tokens.
    """

    name: str
    title: str
    side: int
    heads: int
    keys: int
    cross: bool


@dataclass(frozen=True)
class Attention:
    """`weights[k]`, float16 `(S, heads, side², keys)`: how much each pixel of layer k looks at each key.

    There is one for each of S frames; rows sum to 1; pixels count row by row.
    """

    layers: tuple[Layer, ...]
    weights: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.weights[0])


def layers(model: DDPM) -> tuple[Layer, ...]:
    """The attention layers of `model` in the order of the data's way through it."""
    unet, found = model.net, []
    side = model.config.unet.image_size // model.config.unet.patch
    for path in ("down", "middle", "up"):
        for i, module in enumerate(getattr(unet, path)):
            if isinstance(module, Downsample):
                side //= 2
            elif isinstance(module, Upsample):
                side *= 2
            elif isinstance(module, Level):
                for part, keys in (("attention", side**2), ("cross", TOKENS)):
                    if (layer := getattr(module, part)) is not None:
                        found.append((f"net.{path}.{i}.{part}", path, side, layer.heads, keys, part == "cross"))
    return tuple(
        Layer(name, _title(found, i), side, heads, keys, cross)
        for i, (name, _, side, heads, keys, cross) in enumerate(found)
    )


def attention(model: DDPM, x_t: np.ndarray, t: np.ndarray, label: int | None = None) -> Iterator[Attention]:
    """Yield the attention at the states `x_t`, float32 `(S, H, W, C)`, of steps `t` `(S,)` ≥ 0, four states at a time.

    For a guided chain this is its conditional half. Raises ValueError at the call for states that do not fit.
    """
    height, width = model.shape[1:]
    if x_t.shape[1:] != (height, width, model.shape[0]) or len(x_t) != len(t) or not len(t):
        raise ValueError(
            f"States {x_t.shape} at {len(t)} steps; needed: one of {height}×{width}×{model.shape[0]} a step."
        )
    if min(t) < 0 or max(t) >= model.schedule.steps:
        raise ValueError(f"Steps are {min(t)} to {max(t)}; allowed: 0 to {model.schedule.steps - 1}.")
    found = layers(model)
    return (_look(model, found, x_t[i : i + BATCH], t[i : i + BATCH], label) for i in range(0, len(t), BATCH))


def join(parts: list[Attention]) -> Attention:
    """One attention of all frames from those of some."""
    weights = zip(*(part.weights for part in parts), strict=True)
    return Attention(parts[0].layers, tuple(np.concatenate(layer) for layer in weights))


@torch.no_grad()
def _look(model: DDPM, found: tuple[Layer, ...], x_t: np.ndarray, t: np.ndarray, label: int | None) -> Attention:
    x = torch.from_numpy(np.ascontiguousarray(x_t.transpose(0, 3, 1, 2), dtype=np.float32)).to(model.device)
    steps = torch.as_tensor(np.asarray(t, dtype=np.int64), device=model.device)
    labels = None if label is None else torch.full_like(steps, label)
    names = [f"{layer.name}.weights" for layer in found]
    with explicit_attention(), record(model, names) as heard:
        model(x, steps, labels)
    return Attention(found, tuple(heard[name][0].to(torch.float16).cpu().numpy() for name in names))


def _title(found: list[tuple], i: int) -> str:
    _, path, side, _, _, cross = found[i]
    alike = [j for j, other in enumerate(found) if (other[1], other[2], other[5]) == (path, side, cross)]
    number = f" · {alike.index(i) + 1}" if len(alike) > 1 else ""
    return f"{path} {side}×{side}{' to class' if cross else ''}{number}"
