"""How different samples are from each other: their mean pairwise feature distance as a share of real pictures'.

A model that shows one good cat again and again has a fine cat share and a diversity near 0.
"""

import numpy as np

from engines.metrics.bootstrap import RESAMPLES, interval, multiplicities, pairs
from engines.metrics.features import Features
from engines.metrics.scores import Estimate

_BLOCK = 512  # rows of the distance matrix in memory at once


def diversity(pictures: np.ndarray, reference: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """Mean distance of different rows of `(N, d)` over that of `(M, d)`, with a bootstrap's 95 % interval.

    1 is as varied as the reference, 0 is one picture. Both sets are resampled; two copies of one picture are no pair,
    as they would pull the mean down. ValueError for a set of fewer than 2 and for a reference of equal pictures.
    """
    if min(len(pictures), len(reference)) < 2:
        raise ValueError(f"Got {len(pictures)} pictures and a reference of {len(reference)}; 2 or more of each needed.")
    rng = np.random.default_rng(seed)
    ours, theirs = _means(pictures, resamples, rng), _means(reference, resamples, rng)
    if theirs[0] == 0:
        raise ValueError("All pictures of the reference are equal; give one that differs.")
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample of a tiny set may hold one picture only
        value, *resampled = ours / theirs
    return Estimate(float(value), *interval(np.array(resampled)))


def estimate(pictures: Features, reference: Features, seed: int) -> Estimate:
    """The diversity in what the network saw."""
    return diversity(pictures.pool, reference.pool, seed)


def _means(x: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """The mean Euclidean distance of different rows, `(1 + resamples,)`: of all rows, then of each resample."""
    w, total = multiplicities(len(x), resamples, rng), np.zeros(1 + resamples)
    x = x.astype(np.float64) - x.mean(0)  # small numbers lose less in the differences below
    squares = (x**2).sum(1)
    for start in range(0, len(x), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = np.sqrt((squares[rows, None] + squares - 2 * x[rows] @ x.T).clip(0))
        block[np.arange(len(block)), start + np.arange(len(block))] = 0  # rounding leaves a picture far from itself
        total += (w[rows] * (block @ w)).sum(0)
    with np.errstate(invalid="ignore"):  # no pairs, 0/0
        return total / pairs(w)
