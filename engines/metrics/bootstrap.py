"""Resampling a set of pictures with replacement, as weights: what intervals of sums over pairs are made of."""

import numpy as np

RESAMPLES = 200


def multiplicities(n: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Weights `(n, 1 + resamples)`: every picture once, then how often each resample drew it."""
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=resamples).T
    return np.concatenate([np.ones((n, 1)), drawn], axis=1)


def pairs(w: np.ndarray) -> np.ndarray:
    """The total weight of pairs of different pictures, one number per column: n(n − 1) if all weigh 1."""
    return w.sum(0) ** 2 - (w**2).sum(0)


def interval(resampled: np.ndarray) -> tuple[float | None, float | None]:
    """The middle 95 % of what the resamples gave; None twice if none gave a finite number."""
    resampled = resampled[np.isfinite(resampled)]
    if not len(resampled):
        return None, None
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)
