"""Between two pictures: fusion in noise, and inversion, the way back from a picture to its noise."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from engines.diffusion.denoiser import Denoiser
from engines.diffusion.samplers import RandnLike, Step, ddpm

NOISES = ("shared", "independent", "rescaled")


def fuse_noised(
    denoise: Denoiser, x0_a: Tensor, x0_b: Tensor, lam: float, t: int, randn_like: RandnLike, noise: str = "shared"
) -> Tensor:
    """Two pictures `(B, C, H, W)`, noised to step t and mixed: (1 − λ) a_t + λ b_t, for λ in [0, 1].

    With `independent` noises the noise part of the mix shrinks by √(λ² + (1 − λ)²), to 0.71 at λ = ½, and the result
    comes out blurred; `rescaled` divides by that, `shared` adds the same noise to both. Raises ValueError for another
    `noise` or a λ out of range.
    """
    if noise not in NOISES:
        raise ValueError(f"noise is {noise!r}; allowed: {', '.join(NOISES)}.")
    if not 0 <= lam <= 1:
        raise ValueError(f"λ is {lam:g}; allowed: 0 (all a) to 1 (all b).")
    s = denoise.schedule
    eps_a = randn_like(x0_a)
    eps_b = eps_a if noise == "shared" else randn_like(x0_b)
    eps = (1 - lam) * eps_a + lam * eps_b
    if noise == "rescaled":
        eps = eps / (lam**2 + (1 - lam) ** 2) ** 0.5
    return s.q_sample((1 - lam) * x0_a + lam * x0_b, t, eps)


def fuse(
    denoise: Denoiser,
    x0_a: Tensor,
    x0_b: Tensor,
    lam: float,
    times: Sequence[int],
    randn_like: RandnLike,
    noise: str = "shared",
) -> Iterator[Step]:
    """Denoise the mix of two pictures from `times[0]` down, by ancestral sampling; see `fuse_noised`."""
    x = fuse_noised(denoise, x0_a, x0_b, lam, times[0], randn_like, noise)
    return ddpm(denoise, x, times, 0.0, randn_like)


@torch.no_grad()
def invert(denoise: Denoiser, x0: Tensor, times: Sequence[int], refine: int = 2) -> Iterator[Step]:
    """DDIM inversion (Song et al., 2021, section 5.4): the noise from which the deterministic chain gives `x0` back.

    `times` is a sampling grid, falling to −1, and is climbed backwards. ε is taken at the upper step of each jump by
    `refine` fixed-point iterations, without which the way up and the way down differ.
    """
    s, x = denoise.schedule, x0
    for low, t in pairwise(reversed(times)):
        a_low, a_t = s.at(low, x), s.at(t, x)
        eps = s.predict_eps(x, low, denoise(x, low)) if low >= 0 else s.predict_eps(x, t, denoise(x, t))
        for _ in range(refine + 1):
            x_t = a_t.sqrt() * (x - (1 - a_low).sqrt() * eps) / a_low.sqrt() + (1 - a_t).sqrt() * eps
            x0_t = denoise(x_t, t)
            eps = s.predict_eps(x_t, t, x0_t)
        x = x_t
        yield Step(t, x, x0_t, eps)
