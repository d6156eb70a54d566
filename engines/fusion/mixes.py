"""What lies between two codes: straight, straight with the length mended, or along the sphere."""

from collections.abc import Sequence

import torch
from torch import Tensor


def column(lams: Sequence[float], like: Tensor) -> Tensor:
    """λ as `(L, 1, …)`, to be multiplied with codes of the shape of `like`."""
    return torch.tensor(lams, dtype=like.dtype, device=like.device).view(-1, *[1] * like.ndim)


def lerp(a: Tensor, b: Tensor, lams: Sequence[float]) -> Tensor:
    """(1 − λ) a + λ b. Between two independent noises it is shorter than both: √(λ² + (1 − λ)²), 0.71 in the middle."""
    lam = column(lams, a)
    return (1 - lam) * a + lam * b


def renormalised(a: Tensor, b: Tensor, lams: Sequence[float]) -> Tensor:
    """The same, stretched to the length that lies straight between those of `a` and `b`."""
    straight, lam = lerp(a, b, lams), torch.tensor(lams, dtype=a.dtype, device=a.device)
    wanted = (1 - lam) * a.norm() + lam * b.norm()
    found = straight.flatten(1).norm(dim=1).clamp(min=1e-12)
    return straight * (wanted / found).view(-1, *[1] * a.ndim)


def slerp(a: Tensor, b: Tensor, lams: Sequence[float]) -> Tensor:
    """Along the great circle (Shoemake, 1985): sin((1 − λ)Ω)/sin Ω a + sin(λΩ)/sin Ω b, Ω the angle between them.

    Codes that are nearly parallel have no great circle between them that is worth the name; they are mixed straight.
    """
    cosine = (a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-12)
    omega = cosine.clamp(-1, 1).acos()
    if omega.sin() < 1e-4:
        return lerp(a, b, lams)
    lam = column(lams, a)
    return (((1 - lam) * omega).sin() * a + (lam * omega).sin() * b) / omega.sin()
