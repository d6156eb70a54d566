"""Samplers: from noise to a picture, one `Step` after the other, as generators that the caller may stop at any time.

Each takes a denoiser, the noise `x`, the falling steps `times` (its last is −1, the picture), η and a source of fresh
noise, and yields one `Step` per entry of `times`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from engines.diffusion.denoiser import Denoiser

RandnLike = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Step:
    """One state of a chain: `x_t` at step `t` with the `x0` and `eps` predicted from it, all `(B, C, H, W)`.

    At the end t is −1, `x_t` and `x0` are the picture and `eps` is 0.
    """

    t: int
    x_t: Tensor
    x0: Tensor
    eps: Tensor


def _end(x: Tensor) -> Step:
    return Step(-1, x, x, torch.zeros_like(x))


@torch.no_grad()
def ddpm(denoise: Denoiser, x: Tensor, times: Sequence[int], eta: float, randn_like: RandnLike) -> Iterator[Step]:
    """Ancestral sampling (Ho et al., 2020, algorithm 2) with the posterior's variance β̃; `eta` is not used."""
    for t, s in pairwise(times):
        x0 = denoise(x, t)
        yield Step(t, x, x0, denoise.schedule.predict_eps(x, t, x0))
        mean, variance = denoise.schedule.posterior(x0, x, t, s)
        x = mean if s < 0 else mean + variance.sqrt() * randn_like(x)
    yield _end(x)


@torch.no_grad()
def ddim(denoise: Denoiser, x: Tensor, times: Sequence[int], eta: float, randn_like: RandnLike) -> Iterator[Step]:
    """Song et al., 2021, eqs. 12 and 16: `eta` 0 adds no fresh noise, 1 adds as much as `ddpm`."""
    for t, s in pairwise(times):
        x0 = denoise(x, t)
        eps = denoise.schedule.predict_eps(x, t, x0)
        yield Step(t, x, x0, eps)
        a_t, a_s = denoise.schedule.at(t, x), denoise.schedule.at(s, x)
        fresh = eta * ((1 - a_s) / (1 - a_t) * (1 - a_t / a_s)).sqrt()
        x = a_s.sqrt() * x0 + (1 - a_s - fresh**2).clamp(min=0).sqrt() * eps
        if eta and s >= 0:
            x = x + fresh * randn_like(x)
    yield _end(x)


@torch.no_grad()
def dpmpp(denoise: Denoiser, x: Tensor, times: Sequence[int], eta: float, randn_like: RandnLike) -> Iterator[Step]:
    """DPM-Solver++(2M) (Lu et al., 2022, algorithm 2): second order, deterministic, first order at both ends.

    With λ = ln(√ᾱ/√(1−ᾱ)) and h = λ_s − λ_t. `eta` and `randn_like` are not used.
    """
    previous, h_previous = None, None
    for t, s in pairwise(times):
        x0 = denoise(x, t)
        yield Step(t, x, x0, denoise.schedule.predict_eps(x, t, x0))
        a_t, a_s = denoise.schedule.at(t), denoise.schedule.at(s)
        h = 0.5 * (a_s / (1 - a_s)).log() - 0.5 * (a_t / (1 - a_t)).log()
        x0_bar = x0
        if previous is not None and s >= 0:
            half = float(h / (2 * h_previous))  # 0 after a first step from zero terminal SNR, where h_previous is ∞
            x0_bar = (1 + half) * x0 - half * previous
        decay = float((a_t * (1 - a_s) / (a_s * (1 - a_t))).sqrt())  # e^{−h}, also where λ is infinite
        x = float(((1 - a_s) / (1 - a_t)).sqrt()) * x + float(a_s.sqrt()) * (1 - decay) * x0_bar
        previous, h_previous = x0, h
    yield _end(x)


@torch.no_grad()
def heun(denoise: Denoiser, x: Tensor, times: Sequence[int], eta: float, randn_like: RandnLike) -> Iterator[Step]:
    """Heun's second-order method (Karras et al., 2022, algorithm 1) on dx/dφ = v, with cos φ = √ᾱ, sin φ = √(1−ᾱ).

    In the angle φ (Salimans & Ho, 2022, appendix D) the flow has no singular end: in σ = tan φ the first step of a
    cosine schedule would cross four decades. Two network calls a step, one for the last. `eta` and `randn_like` are
    not used.
    """
    process = denoise.schedule
    for t, s in pairwise(times):
        x0 = denoise(x, t)
        eps = process.predict_eps(x, t, x0)
        yield Step(t, x, x0, eps)
        x_s = process.q_sample(x0, s, eps)
        if s >= 0:
            x0_s = denoise(x_s, s)
            v, v_s = process.velocity(x0, t, eps), process.velocity(x0_s, s, process.predict_eps(x_s, s, x0_s))
            angle = process.at(s, x).sqrt().acos() - process.at(t, x).sqrt().acos()
            x_s = x + angle * (v + v_s) / 2
        x = x_s
    yield _end(x)


SAMPLERS = {"dpmpp": dpmpp, "ddim": ddim, "ddpm": ddpm, "heun": heun}
STOCHASTIC = ("ddim", "ddpm")  # take fresh noise: `ddpm` always, `ddim` with η > 0
