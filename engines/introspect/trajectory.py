"""A denoising chain, frame by frame, as arrays: from noise, from a photo, or from the middle of another chain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.diffusion.model import DDPM
from engines.diffusion.samplers import SAMPLERS, Step
from engines.diffusion.schedules import timesteps
from engines.images import to_array, to_tensor
from engines.noise import NoiseSource, noise


@dataclass(frozen=True)
class Frame:
    """State `index` of a chain of `total` steps; the arrays are float32 `(B, H, W, C)`, pictures in [-1, 1].

    `x_t` is the state at step `t`, noisy as `alpha_bar` says; `x0` and `eps` are what the network predicts from it. The
    last frame has index == total, t = −1, `x_t` = `x0` = the picture and `eps` = 0.
    """

    index: int
    total: int
    t: int
    alpha_bar: float
    x_t: np.ndarray
    x0: np.ndarray
    eps: np.ndarray


@dataclass(frozen=True)
class Resume:
    """Where to enter a chain: frame `index` of its step grid with the state `x_t`, `(B, H, W, C)` float32."""

    index: int
    x_t: np.ndarray


def trajectory(
    model: DDPM,
    *,
    seeds: Sequence[int],
    sampler: str = "dpmpp",
    steps: int = 20,
    eta: float = 0.0,
    label: int | None = None,
    guidance: float = 1.0,
    photo: np.ndarray | None = None,
    start: float = 1.0,
    resume: Resume | None = None,
) -> Iterator[Frame]:
    """Yield every frame of a chain of `steps` network steps, one picture per seed.

    `photo`, uint8 `(H, W, C)`, is noised to the step that leaves the share `start` in (0, 1] of the chain to run
    (SDEdit, Meng et al., 2022); `resume` enters the same steps at one of its frames. `eta` in [0, 1] is for `ddim`.
    Raises ValueError at the call, not at the first frame, for anything out of range.
    """
    if sampler not in SAMPLERS:
        raise ValueError(f"Unknown sampler {sampler!r}; allowed: {', '.join(SAMPLERS)}.")
    if not 0 <= eta <= 1:
        raise ValueError(f"η is {eta:g}; allowed: 0 (no fresh noise) to 1 (as much as DDPM).")
    times = timesteps(model.schedule.steps, steps)
    if photo is not None:
        first = entry(steps, start)
        x = forward(model, photo, seeds, times[first])
    elif resume is not None:
        first, x = resume.index, _state(model, resume, seeds, steps)
    else:
        first, x = 0, noise(seeds, model.shape)
    labels = None if label is None else [label] * len(seeds)
    denoise = model.denoiser(labels, guidance)
    fresh = NoiseSource(seeds)
    chain = SAMPLERS[sampler](denoise, x.to(model.device), times[first:], eta, fresh)
    return (_frame(model, step, first + i, steps) for i, step in enumerate(chain))


def entry(steps: int, start: float) -> int:
    """The frame at which a chain of `steps` starts when the share `start` in (0, 1] of it is to run."""
    if not 0 < start <= 1:
        raise ValueError(f"start is {start:g}; allowed: above 0 (keep the photo) to 1 (pure noise).")
    return steps - max(1, round(start * steps))


def forward(model: DDPM, photo: np.ndarray, seeds: Sequence[int], t: int) -> Tensor:
    """Noise `photo`, uint8 `(H, W, C)`, to step t with the noise of each seed: x_t, `(B, C, H, W)`."""
    x0 = to_tensor(photo[None])
    if x0.shape[1:] != model.shape:
        raise ValueError(
            f"The photo is {tuple(photo.shape)}; this model takes {model.shape[1]}×{model.shape[2]} in RGB."
        )
    return model.schedule.q_sample(x0.expand(len(seeds), -1, -1, -1), t, noise(seeds, model.shape))


def noised(model: DDPM, photo: np.ndarray, seed: int, times: Sequence[int]) -> np.ndarray:
    """One photo with one seed's noise: x_t at each of `times` (−1: the photo itself), float32 `(S, H, W, C)`."""
    return np.concatenate([to_array(forward(model, photo, [seed], t)) for t in times])


def _state(model: DDPM, resume: Resume, seeds: Sequence[int], steps: int) -> Tensor:
    if not 0 <= resume.index < steps:
        raise ValueError(f"Cannot enter at frame {resume.index}; a chain of {steps} steps has frames 0 to {steps - 1}.")
    x = torch.from_numpy(np.ascontiguousarray(resume.x_t.transpose(0, 3, 1, 2), dtype=np.float32))
    if x.shape != (len(seeds), *model.shape):
        raise ValueError(f"The state has shape {tuple(x.shape)}; needed: {(len(seeds), *model.shape)}, a row per seed.")
    return x


def _frame(model: DDPM, step: Step, index: int, total: int) -> Frame:
    alpha_bar = float(model.schedule.at(step.t))
    return Frame(index, total, step.t, alpha_bar, to_array(step.x_t), to_array(step.x0), to_array(step.eps))
