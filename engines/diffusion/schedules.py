"""The forward process: how much of the picture, √ᾱ_t, and of the noise, √(1−ᾱ_t), is left at each step t.

x_t = √ᾱ_t x_0 + √(1−ᾱ_t) ε,  t = 0 … T−1 (Ho et al., 2020, eq. 4). Step −1 is the picture itself: ᾱ_{−1} = 1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor


def linear(steps: int) -> Tensor:
    """β from 1e-4 to 0.02 (Ho et al., 2020), scaled by 1000/T so that every T ends at the same noise."""
    scale = 1000 / steps
    return torch.linspace(1e-4 * scale, min(0.02 * scale, 0.999), steps, dtype=torch.float64)


def linear_unscaled(steps: int) -> Tensor:
    """β from 1e-4 to 0.02 for every T: with few steps the last x_t still shows the picture (√ᾱ is 0.08 at T = 500)."""
    return torch.linspace(1e-4, 0.02, steps, dtype=torch.float64)


def cosine(steps: int) -> Tensor:
    """ᾱ(u) = cos²((u + 0.008)/1.008 · π/2), β at most 0.999 (Nichol & Dhariwal, 2021, eq. 17)."""
    return _betas(lambda u: math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2, steps)


def sigmoid(steps: int) -> Tensor:
    """ᾱ falls along a sigmoid from −3 to 3 (Jabri et al., 2022), β at most 0.999."""
    low, high = 1 / (1 + math.exp(3)), 1 / (1 + math.exp(-3))
    return _betas(lambda u: (high - 1 / (1 + math.exp(3 - 6 * u))) / (high - low), steps)


def _betas(alpha_bar: Callable[[float], float], steps: int) -> Tensor:
    edges = [alpha_bar(i / steps) for i in range(steps + 1)]
    return torch.tensor([min(1 - b / a, 0.999) for a, b in pairwise(edges)], dtype=torch.float64)


SCHEDULES = {"linear": linear, "linear-unscaled": linear_unscaled, "cosine": cosine, "sigmoid": sigmoid}


@dataclass(frozen=True)
class Schedule:
    """The noise schedule as one table: `alpha_bar[t]`, float64, falling, for t in [0, T)."""

    alpha_bar: Tensor

    @property
    def steps(self) -> int:
        """T, the number of steps of the forward process."""
        return len(self.alpha_bar)

    def at(self, t: Tensor | int, like: Tensor | None = None) -> Tensor:
        """ᾱ_t, with ᾱ_{−1} = 1, shaped `(B, 1, 1, 1)` and typed as `like` if that is given."""
        t = torch.as_tensor(t, device=self.alpha_bar.device)
        a = torch.where(t < 0, 1.0, self.alpha_bar[t.clamp(min=0)])
        return a if like is None else a.to(like).view(-1, *[1] * (like.ndim - 1))

    def snr(self, t: Tensor | int) -> Tensor:
        """Signal-to-noise ratio ᾱ_t / (1 − ᾱ_t): 0 at pure noise, infinite at t = −1."""
        a = self.at(t)
        return a / (1 - a)

    def q_sample(self, x0: Tensor, t: Tensor | int, eps: Tensor) -> Tensor:
        """Noise `x0`, `(B, C, H, W)`, to step t: x_t = √ᾱ_t x_0 + √(1−ᾱ_t) ε (Ho et al., 2020, eq. 4)."""
        a = self.at(t, x0)
        return a.sqrt() * x0 + (1 - a).sqrt() * eps

    def velocity(self, x0: Tensor, t: Tensor | int, eps: Tensor) -> Tensor:
        """v = √ᾱ_t ε − √(1−ᾱ_t) x_0 (Salimans & Ho, 2022, appendix D)."""
        a = self.at(t, x0)
        return a.sqrt() * eps - (1 - a).sqrt() * x0

    def predict_eps(self, x_t: Tensor, t: Tensor | int, x0: Tensor) -> Tensor:
        """The noise that takes `x0` to `x_t`; at t = −1, where there is none, 0."""
        a = self.at(t, x_t)
        return torch.where(a < 1, (x_t - a.sqrt() * x0) / (1 - a).sqrt().clamp(min=1e-12), 0.0)

    def predict_x0(self, x_t: Tensor, t: Tensor | int, output: Tensor, prediction: str) -> Tensor:
        """The picture that a network's `output` stands for, when it predicts `eps`, `x0` or `v`.

        Raises ValueError for another prediction, and for `eps` where ᾱ_t is 0: pure noise does not tell its picture.
        """
        a = self.at(t, x_t)
        if prediction == "x0":
            return output
        if prediction == "v":
            return a.sqrt() * x_t - (1 - a).sqrt() * output
        if prediction != "eps":
            raise ValueError(f"prediction is {prediction!r}; allowed: eps, x0, v.")
        if (a == 0).any():
            raise ValueError("ε-prediction cannot start from zero terminal SNR; train with prediction v or x0.")
        return (x_t - (1 - a).sqrt() * output) / a.sqrt()

    def posterior(self, x0: Tensor, x_t: Tensor, t: Tensor | int, s: Tensor | int) -> tuple[Tensor, Tensor]:
        """Mean `(B, C, H, W)` and variance `(B, 1, 1, 1)` of q(x_s | x_t, x_0) for s < t.

        Ho et al., 2020, eqs. 6 and 7, for a jump from t to any s: α = ᾱ_t/ᾱ_s takes the place of α_t.
        """
        a_t, a_s = self.at(t, x_t), self.at(s, x_t)
        alpha = a_t / a_s
        mean = (a_s.sqrt() * (1 - alpha) * x0 + alpha.sqrt() * (1 - a_s) * x_t) / (1 - a_t)
        return mean, (1 - a_s) / (1 - a_t) * (1 - alpha)


def schedule(name: str, steps: int = 1000, zero_terminal_snr: bool = False) -> Schedule:
    """Build a schedule by name; `zero_terminal_snr` shifts and rescales √ᾱ so that the last x_t is pure noise.

    Lin et al., 2024, algorithm 1. Raises ValueError for an unknown name or fewer than 2 steps.
    """
    if name not in SCHEDULES:
        raise ValueError(f"Unknown schedule {name!r}; allowed: {', '.join(SCHEDULES)}.")
    if steps < 2:
        raise ValueError(f"A schedule of {steps} steps; at least 2 are needed.")
    alpha_bar = (1 - SCHEDULES[name](steps)).cumprod(0)
    if zero_terminal_snr:
        root = alpha_bar.sqrt()
        alpha_bar = ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2
    return Schedule(alpha_bar)


def timesteps(total: int, steps: int) -> list[int]:
    """`steps` of the `total` training steps, falling from T−1, evenly spaced from the end ("trailing"), then −1.

    Lin et al., 2024, section 3.3: the first step must be the last of training, or the model starts at the wrong noise.
    Raises ValueError unless 1 ≤ steps ≤ total.
    """
    if not 1 <= steps <= total:
        raise ValueError(f"{steps} sampling steps; this model allows 1 to {total}.")
    return [round(total - i * total / steps) - 1 for i in range(steps)] + [-1]
