"""What a fusion by regions is worth, in numbers: does the seam show, and is each region still its owner's?"""

from dataclasses import dataclass

import numpy as np

from engines.fusion.measures import distance, seen

EMPTY = 128  # what stands for the other region where only one is looked at


@dataclass(frozen=True)
class Measures:
    """One number for each of N pictures, `(N,)`.

    `seam` is how steep the picture is across the border of the regions, as a multiple of elsewhere: about 1 where
    nothing shows; `seam_a` and `seam_b` are those of the two parents themselves, at the same place. `to_a` and `to_b`
    are the distances of each region to the same region of its owner, 1 − cosine of EfficientNet-Lite0 features, and
    `apart` `(2,)` the distance of the *other* parent there. Without a border, or without a region, they are NaN.
    """

    seam: np.ndarray
    seam_a: float
    seam_b: float
    to_a: np.ndarray
    to_b: np.ndarray
    apart: np.ndarray


def measure(pictures: np.ndarray, a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> Measures:
    """Measure `pictures`, uint8 `(N, H, W, 3)`, made of the parents `a` and `b` by `mask`, `(H, W)` in [0, 1]."""
    everyone = np.concatenate([pictures, a[None], b[None]])
    steep = seam(everyone, mask)
    owned = mask > 0.5
    to_a, apart_a = _owned(everyone, ~owned, -2, -1)
    to_b, apart_b = _owned(everyone, owned, -1, -2)
    return Measures(steep[:-2], float(steep[-2]), float(steep[-1]), to_a, to_b, np.array([apart_a, apart_b]))


def seam(pictures: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean step between neighbours of different owners over that between all others, `(N,)`; NaN without a border.

    A step is the root mean square difference of the channels of two pixels beside, or one above, the other.
    """
    x, owned = pictures.astype(np.float64), mask > 0.5
    steps, across = [], []
    for axis in (0, 1):
        steps.append(np.sqrt(np.square(np.diff(x, axis=axis + 1)).mean(-1)).reshape(len(x), -1))
        across.append(np.diff(owned.astype(int), axis=axis).ravel() != 0)
    step, border = np.concatenate(steps, axis=1), np.concatenate(across)
    if not border.any():
        return np.full(len(x), np.nan)
    return step[:, border].mean(1) / np.maximum(step[:, ~border].mean(1), 1e-12)


def alone(pictures: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Only a region, bool `(H, W)`, of pictures, uint8 `(N, H, W, 3)`: cropped to it, mid-grey around it."""
    rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.where(region[box][None, ..., None], pictures[(slice(None), *box)], np.uint8(EMPTY))


def _owned(everyone: np.ndarray, region: np.ndarray, owner: int, other: int) -> tuple[np.ndarray, float]:
    """How far each picture but the last two is from the owner in its region, and how far the other parent is."""
    if not region.any():
        return np.full(len(everyone) - 2, np.nan), float("nan")
    pool = seen(alone(everyone, region)).pool.astype(np.float64)
    far = np.maximum(distance(pool, pool[owner]), 0).round(9)  # of the same picture it is 0, but for the last bit
    return far[:-2], float(far[other])
