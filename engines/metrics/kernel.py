"""Kernel distance: squared maximum mean discrepancy under a cubic kernel (Bińkowski et al., 2018).

The estimate is unbiased at any N, so it serves from a few hundred pictures on, and may come out slightly below 0 for
equal distributions. It uses all pairs at once, not an average over subsets, and is not multiplied by 1000.
"""

import numpy as np

from engines.metrics.bootstrap import RESAMPLES, interval, multiplicities, pairs
from engines.metrics.features import Features
from engines.metrics.scores import Estimate

_BLOCK = 512  # rows of the kernel matrix in memory at once


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """k(x, y) = (x·y / d + 1)³ of each row of `(N, d)` with each of `(M, d)`: `(N, M)`."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def kd(pictures: np.ndarray, reference: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """Unbiased MMD² between features `(N, d)` and `(M, d)`, with the 95 % interval of a bootstrap over both sets.

    A resample gives each picture its multiplicity as weight. A pair of copies of one picture is left out of the sums
    within a set, as the diagonal is, so the resamples are unbiased as well. Where the sets are alike the interval is
    about twice as wide as it need be. ValueError for a set of fewer than 2.
    """
    x, y = pictures.astype(np.float64), reference.astype(np.float64)
    if min(len(x), len(y)) < 2:
        raise ValueError(
            f"Got {len(x)} pictures and a reference of {len(y)}; a kernel distance needs 2 or more of each."
        )
    rng = np.random.default_rng(seed)
    u, v = multiplicities(len(x), resamples, rng), multiplicities(len(y), resamples, rng)
    with np.errstate(invalid="ignore"):  # a resample of a tiny set may hold one picture only: no pairs, 0/0
        within = _pair_sum(x, x, u, u, skip_self=True) / pairs(u) + _pair_sum(y, y, v, v, skip_self=True) / pairs(v)
    between = _pair_sum(x, y, u, v, skip_self=False) / (len(x) * len(y))
    value, *resampled = within - 2 * between
    return Estimate(float(value), *interval(np.array(resampled)))


def estimate(pictures: Features, reference: Features, seed: int) -> Estimate:
    """KD, named after the network that saw the pictures: KD-lite0, KD-lite1."""
    return kd(pictures.pool, reference.pool, seed)


def _pair_sum(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray, *, skip_self: bool) -> np.ndarray:
    """Σᵢⱼ uᵢ k(xᵢ, yⱼ) vⱼ for each column of weights, without i = j if `skip_self`."""
    total = np.zeros(u.shape[1])
    for start in range(0, len(x), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = kernel(x[rows], y)
        if skip_self:
            block[np.arange(len(block)), start + np.arange(len(block))] = 0
        total += (u[rows] * (block @ v)).sum(0)
    return total
