"""Fréchet distance between features taken for Gaussian (Heusel et al., 2017, eq. 6).

It falls towards its true value as N grows, roughly like 1/N, and the covariances are singular below 1280 pictures:
compare two of these numbers only at the same N. That bias exceeds the scatter, so no interval is given.
"""

import numpy as np

from engines.metrics.features import Features
from engines.metrics.scores import Estimate


def frechet_distance(mean1: np.ndarray, cov1: np.ndarray, mean2: np.ndarray, cov2: np.ndarray) -> float:
    """|μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½) of two Gaussians with means `(d,)` and covariances `(d, d)`.

    Σ₁^½ Σ₂ Σ₁^½ has the eigenvalues of Σ₁Σ₂ and is symmetric, so they come out real whatever the rank; what rounding
    makes negative counts as 0. Computed in float64.
    """
    mean1, cov1, mean2, cov2 = (np.asarray(a, np.float64) for a in (mean1, cov1, mean2, cov2))
    values, vectors = np.linalg.eigh(cov1)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    product = root @ cov2 @ root
    overlap = np.sqrt(np.linalg.eigvalsh((product + product.T) / 2).clip(0)).sum()
    distance = ((mean1 - mean2) ** 2).sum() + np.trace(cov1) + np.trace(cov2) - 2 * overlap
    return max(float(distance), 0.0)


def fd(pictures: np.ndarray, reference: np.ndarray) -> float:
    """The distance between features `(N, d)` and `(M, d)`, covariances divided by N − 1."""
    (mean1, cov1), (mean2, cov2) = _moments(pictures), _moments(reference)
    return frechet_distance(mean1, cov1, mean2, cov2)


def estimate(pictures: Features, reference: Features, seed: int) -> Estimate:
    """FD, named after the network that saw the pictures; nothing in it is random."""
    return Estimate(fd(pictures.pool, reference.pool))


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = x.astype(np.float64)
    return x.mean(0), np.atleast_2d(np.cov(x, rowvar=False))
