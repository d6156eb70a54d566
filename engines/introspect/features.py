"""Feature maps: what every block of a denoiser gives out at the states of a chain, read by replaying these states."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from engines.diffusion.model import DDPM
from engines.introspect.blocks import Block, blocks, find
from engines.introspect.capture import record

BATCH = 4  # frames in one network call: large enough to be fast, small enough to cancel
DEAD = 0.01  # of a layer's root mean square: what is nearer to 0 counts as dead
FLOOR = -60.0  # dB
LEAST = 1e-4  # of a layer's root mean square: less is rounding, not structure


@dataclass(frozen=True)
class Activations:
    """`values[k]`, float16 `(S, C, h, w)`: the feature maps of `blocks[k]` at each of S states."""

    blocks: tuple[Block, ...]
    values: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.values[0])

    def of(self, name: str) -> np.ndarray:
        """The feature maps of a block by its name; LookupError lists all."""
        return self.values[self.blocks.index(find(self.blocks, name))]


@dataclass(frozen=True)
class Statistics:
    """Of each frame and channel, `(S, C)`: mean, standard deviation and largest magnitude over the pixels.

    `dead` is the share of pixels nearer to 0 than a hundredth of the layer's root mean square at that frame.
    """

    mean: np.ndarray
    std: np.ndarray
    max: np.ndarray
    dead: np.ndarray


@dataclass(frozen=True)
class Principal:
    """A layer's three principal components as red, green and blue: `rgb`, uint8 `(S, h, w, 3)`.

    `explained`, `(3,)`, is each one's share of the variance. One basis serves all frames.
    """

    rgb: np.ndarray
    explained: np.ndarray


def activations(model: DDPM, x_t: np.ndarray, t: np.ndarray, label: int | None = None) -> Iterator[Activations]:
    """Yield the feature maps at the states `x_t`, float32 `(S, H, W, C)`, of steps `t` `(S,)` ≥ 0, four at a time.

    For a guided chain this is its conditional half. Raises ValueError at the call for states that do not fit.
    """
    check(model, x_t, t)
    found = blocks(model)
    return (_look(model, found, x_t[i : i + BATCH], t[i : i + BATCH], label) for i in range(0, len(t), BATCH))


def join(parts: list[Activations]) -> Activations:
    """All frames from some at a time."""
    values = zip(*(part.values for part in parts), strict=True)
    return Activations(parts[0].blocks, tuple(np.concatenate(of_block) for of_block in values))


def check(model: DDPM, x_t: np.ndarray, t: np.ndarray) -> None:
    """Raise ValueError unless `x_t`, `(S, H, W, C)`, are states that the model can be asked about at steps `t`."""
    channels, height, width = model.shape
    if x_t.shape[1:] != (height, width, channels) or len(x_t) != len(t) or not len(t):
        raise ValueError(f"States {x_t.shape} at {len(t)} steps; needed: one of {height}×{width}×{channels} a step.")
    if min(t) < 0 or max(t) >= model.schedule.steps:
        raise ValueError(f"Steps are {min(t)} to {max(t)}; allowed: 0 to {model.schedule.steps - 1}.")


@torch.no_grad()
def _look(model: DDPM, found: tuple[Block, ...], x_t: np.ndarray, t: np.ndarray, label: int | None) -> Activations:
    x = torch.from_numpy(np.ascontiguousarray(x_t.transpose(0, 3, 1, 2), dtype=np.float32)).to(model.device)
    steps = torch.as_tensor(np.asarray(t, dtype=np.int64), device=model.device)
    labels = None if label is None else torch.full_like(steps, label)
    with record(model, [block.name for block in found]) as heard:
        model(x, steps, labels)
    return Activations(found, tuple(heard[block.name][0].half().cpu().contiguous().numpy() for block in found))


def statistics(values: np.ndarray) -> Statistics:
    """Measure feature maps `(S, C, h, w)` channel by channel."""
    flat = values.reshape(*values.shape[:2], -1).astype(np.float32)  # (S, C, hw)
    size = np.abs(flat)
    rms = np.sqrt(np.square(flat).mean((1, 2), keepdims=True))
    return Statistics(flat.mean(2), flat.std(2), size.max(2), (size <= DEAD * rms).mean(2))


def overall(values: np.ndarray) -> Statistics:
    """Measure feature maps `(S, C, h, w)` over all channels at once: `(S, 1)` each."""
    return statistics(values.reshape(len(values), 1, -1, values.shape[-1]))


def decibel(values: np.ndarray) -> np.ndarray:
    """Magnitudes in dB, 0 at the root mean square of all `values`; never below −60."""
    size = np.abs(values.astype(np.float32))
    rms = float(np.sqrt(np.square(size, dtype=np.float64).mean()))
    with np.errstate(divide="ignore"):
        return np.maximum(20 * np.log10(size / (rms or 1.0)), FLOOR)


def principal(values: np.ndarray) -> Principal:
    """Colour feature maps `(S, C, h, w)` by their principal components, fitted once over all frames and pixels.

    Each frame counts alike, whatever its magnitude: its mean is taken out, and its root mean square divided out. The
    largest loading of each component is positive, so that colours do not flip from one look to the next. In each
    frame a component's 99th percentile of magnitude fills its colour's range; its mean is mid-grey.
    """
    frames, channels = values.shape[:2]
    points = values.astype(np.float32).transpose(0, 2, 3, 1).reshape(frames, -1, channels)  # (S, N, C)
    points -= points.mean(1, keepdims=True)
    spread = np.sqrt(np.square(points).mean((1, 2), keepdims=True))
    points /= np.where(spread > 0, spread, 1)
    flat = points.reshape(-1, channels)
    # The eigenvectors of C×C numbers take milliseconds; to import scikit-learn, which agrees, takes seconds.
    variance, basis = np.linalg.eigh((flat.T @ flat).astype(np.float64) / len(flat))
    variance, basis = variance[::-1].clip(min=0), basis[:, ::-1][:, :3]
    basis = basis * np.where(np.take_along_axis(basis, np.abs(basis).argmax(0)[None], 0) < 0, -1, 1)
    score = points @ basis.astype(np.float32)  # (S, N, ≤ 3)
    limit = np.quantile(np.abs(score), 0.99, axis=1, keepdims=True)
    share = 0.5 + score / np.where(limit > LEAST, 2 * limit, np.inf)
    rgb = np.full((frames, points.shape[1], 3), 128, np.uint8)
    rgb[..., : score.shape[2]] = np.rint(255 * share.clip(0, 1))
    explained = np.zeros(3)
    explained[: score.shape[2]] = variance[:3] / (variance.sum() or 1)
    return Principal(rgb.reshape(frames, *values.shape[2:], 3), explained)
