"""Single channels: which pictures excite them, what the picture loses without them, and which of them make a region."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engines.diffusion.model import DDPM
from engines.images import to_tensor
from engines.introspect.blocks import blocks, find
from engines.introspect.capture import Edit, edit, record
from engines.introspect.changed import changed
from engines.introspect.features import check
from engines.introspect.trajectory import Frame, trajectory
from engines.noise import noise

BATCH = 16
GAINS = (0.0, 3.0)
Box = tuple[int, int, int, int]  # top, left, bottom, right in pixels; the last two lie outside


@dataclass(frozen=True)
class Responses:
    """How strongly N pictures drive every channel: `peak[k]`, float16 `(N, C)`, is block k's largest activation.

    `place[k]`, int32 `(N, C)`, is the pixel of the feature map where it is, counted row by row.
    """

    names: tuple[str, ...]
    peak: tuple[np.ndarray, ...]
    place: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.peak[0])


@dataclass(frozen=True)
class Effects:
    """What the predicted x0 loses when a channel is silent: its RMS change `inside` and `outside` a box, `(C',)` each.

    C' of the channels are done; one that matters to the box alone has a large ratio of the two.
    """

    inside: np.ndarray
    outside: np.ndarray


def responses(model: DDPM, pictures: np.ndarray, t: int, label: int | None = None) -> Iterator[Responses]:
    """Yield the responses of all blocks to `pictures`, uint8 `(N, H, W, 3)`, noised to step t, 16 pictures at a time.

    Picture i has the noise of seed i. Raises ValueError at the call for pictures or a step that do not fit.
    """
    check(model, pictures, np.full(len(pictures), t))
    names = [block.name for block in blocks(model)]
    return (_drive(model, names, pictures, at, t, label) for at in range(0, len(pictures), BATCH))


def join(parts: list[Responses]) -> Responses:
    """All pictures from some at a time."""
    peak, place = (
        tuple(np.concatenate(of_block) for of_block in zip(*(getattr(part, name) for part in parts), strict=True))
        for name in ("peak", "place")
    )
    return Responses(parts[0].names, peak, place)


@torch.no_grad()
def _drive(model: DDPM, names: list[str], pictures: np.ndarray, at: int, t: int, label: int | None) -> Responses:
    x0 = to_tensor(pictures[at : at + BATCH])
    x_t = model.schedule.q_sample(x0, t, noise(range(at, at + len(x0)), model.shape)).to(model.device)
    steps = torch.full((len(x0),), t, device=model.device)
    with record(model, names) as heard:
        model(x_t, steps, None if label is None else torch.full_like(steps, label))
    found = [heard[name][0].flatten(2).max(2) for name in names]
    peak = tuple(values.half().cpu().numpy() for values, _ in found)
    return Responses(tuple(names), peak, tuple(places.int().cpu().numpy() for _, places in found))


def gained(model: DDPM, name: str, gains: Mapping[int, float], *, seed: int, **settings: Any) -> Iterator[Frame]:
    """Yield the frames of a chain while channels of block `name` are multiplied by their `gains`.

    `settings` are `trajectory`'s. 0 silences a channel, 1 changes nothing, bit for bit. Raises LookupError for a block
    or channel that is not there, ValueError for a gain outside 0 to 3.
    """
    block = find(blocks(model), name)
    factors = torch.ones(1, block.channels)
    for channel, gain in gains.items():
        if not 0 <= channel < block.channels:
            raise LookupError(f"{block.title} has no channel {channel}; allowed: 0 to {block.channels - 1}.")
        if not GAINS[0] <= gain <= GAINS[1]:
            raise ValueError(f"The gain of channel {channel} is {gain:g}; allowed: {GAINS[0]:g} to {GAINS[1]:g}.")
        factors[0, channel] = gain
    frames = trajectory(model, seeds=[seed], **settings)
    return changed(model, frames, outputs={name: _scaling(factors.to(model.device))})


def effects(
    model: DDPM, x_t: np.ndarray, t: int, name: str, box: Box, label: int | None = None, guidance: float = 1.0
) -> Iterator[Effects]:
    """Silence each channel of block `name` by itself at the state `x_t`, float32 `(H, W, C)`, of step t; 16 at a time.

    Yields all channels done so far. Raises ValueError at the call for a box that is not inside the picture.
    """
    check(model, x_t[None], np.array([t]))
    block = find(blocks(model), name)
    top, left, bottom, right = box
    height, width = model.shape[1:]
    if not (0 <= top < bottom <= height and 0 <= left < right <= width):
        raise ValueError(f"The box is {box}; needed: top < bottom ≤ {height} and left < right ≤ {width}.")
    inside = torch.zeros(height, width, dtype=torch.bool, device=model.device)
    inside[top:bottom, left:right] = True
    x = torch.from_numpy(np.ascontiguousarray(x_t.transpose(2, 0, 1), dtype=np.float32))[None].to(model.device)

    @torch.no_grad()
    def predict(factors: Tensor) -> Tensor:
        denoise = model.denoiser(None if label is None else [label] * len(factors), guidance)
        with edit(model, {name: _scaling(factors)}):
            return denoise(x.expand(len(factors), -1, -1, -1), t)

    def batches() -> Iterator[Effects]:
        whole, rows = predict(torch.ones(1, block.channels, device=model.device)), []
        silent = 1 - torch.eye(block.channels, device=model.device)
        for some in silent.split(BATCH):
            change = (predict(some) - whole).square().mean(1)  # (B, H, W)
            rows += [(_rms(one[inside]), _rms(one[~inside])) for one in change]
            done = np.array(rows)
            yield Effects(done[:, 0], done[:, 1])

    return batches()


def _rms(squares: Tensor) -> float:
    return float(squares.mean().sqrt()) if squares.numel() else 0.0


def _scaling(factors: Tensor) -> Edit:
    """Multiply each channel of a block's output by its factor, `(B or 1, C)`."""
    return lambda x: x * factors[:, :, None, None].to(x)
