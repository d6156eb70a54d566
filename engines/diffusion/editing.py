"""Between two pictures: mixing them in noise, and inversion, the way back from a picture to its noise."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from engines.diffusion.denoiser import Denoiser
from engines.diffusion.samplers import Step
from engines.diffusion.schedules import Schedule

NOISES = ("shared", "independent", "rescaled")
SETTLED = 2e-3  # root mean square change of x_t at which an inversion step has found its fixed point
MOST_ROUNDS = 8


def fuse_noised(
    schedule: Schedule, x0_a: Tensor, x0_b: Tensor, lam: Tensor, t: int, eps_a: Tensor, eps_b: Tensor, noise: str
) -> Tensor:
    """Two pictures, noised to step t and mixed: (1 − λ) a_t + λ b_t, `(B, C, H, W)`.

    `lam` in [0, 1] is `(B, 1, 1, 1)`, or `(B, 1, H, W)` for a mask. With `independent` noises the noise part of the mix
    shrinks by √(λ² + (1 − λ)²), to 0.71 at λ = ½, and the result comes out washed out; `rescaled` divides by that,
    `shared` adds ε_a to both. Raises ValueError for another `noise` or a λ out of range.
    """
    if noise not in NOISES:
        raise ValueError(f"noise is {noise!r}; allowed: {', '.join(NOISES)}.")
    if not ((lam >= 0) & (lam <= 1)).all():
        raise ValueError(f"λ goes from {lam.min():g} to {lam.max():g}; allowed: 0 (all a) to 1 (all b).")
    eps = (1 - lam) * eps_a + lam * (eps_a if noise == "shared" else eps_b)
    if noise == "rescaled":
        eps = eps / (lam**2 + (1 - lam) ** 2).sqrt()
    return schedule.q_sample((1 - lam) * x0_a + lam * x0_b, t, eps)


@torch.no_grad()
def invert(
    denoise: Denoiser, x0: Tensor, times: Sequence[int], settled: float = SETTLED, rounds: int = MOST_ROUNDS
) -> Iterator[Step]:
    """DDIM inversion (Song et al., 2021, section 5.4): the noise from which the deterministic chain gives `x0` back.

    `times` is a sampling grid, falling to −1, and is climbed backwards. In the angle φ (cos φ = √ᾱ) a DDIM step is a
    rotation, x_s = cos(φ_t − φ_s) x_t − sin(φ_t − φ_s) v(x_t), so x_t is the fixed point of
    x_t = (x_s + sin(φ_t − φ_s) v(x_t)) / cos(φ_t − φ_s): looked for in at most `rounds` rounds, until x_t changes by
    less than `settled`. Only the first and the last few steps take more than two. In terms of ε or x0 the same
    iteration converges slowly at one end and divides by 0 at the other. Yields one `Step` per network call; x_t is
    that of a step of the grid when the next one begins or the iterator ends.
    """
    s, x, v = denoise.schedule, x0, None
    for low, t in pairwise(reversed(times)):
        turn = s.at(t, x).sqrt().acos() - s.at(low, x).sqrt().acos()
        x_t = x if v is None else (x + turn.sin() * v) / turn.cos()
        for _ in range(rounds):
            x0_t = denoise(x_t, t)
            eps = s.predict_eps(x_t, t, x0_t)
            v = s.velocity(x0_t, t, eps)
            before, x_t = x_t, (x + turn.sin() * v) / turn.cos()
            yield Step(t, x_t, x0_t, eps)
            if (x_t - before).square().mean().sqrt() < settled:
                break
        x = x_t
