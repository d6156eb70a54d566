"""What attention weights say: what is looked at, how widely, how far, and which pixels look alike.

Weights are `(…, N, M)`, rows over the M keys summing to 1; N pixels count row by row in a square grid.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from engines.introspect.attention import Attention

THIRDS = ("early", "middle", "late")


@dataclass(frozen=True)
class Measures:
    """One number per frame and head of a layer, `(S, heads)`.

    `entropy` is the mean over pixels of a row's entropy in bits, `spread` the same as a share of log₂ M, 1 for a head
    that looks evenly everywhere; `reach` the mean distance that it looks, in pixels of the picture (NaN for class
    tokens, which are nowhere); `peak` is how often the most looked-at key is looked at, 1 if all are alike.
    """

    entropy: np.ndarray
    spread: np.ndarray
    reach: np.ndarray
    peak: np.ndarray


def token(pixel: tuple[int, int], size: int, side: int) -> int:
    """The index in a grid of `side`² of the cell that holds the row and column `pixel` of a picture of `size`²."""
    row, column = pixel
    if not (0 <= row < size and 0 <= column < size):
        raise ValueError(f"Pixel ({row}, {column}) is outside a picture of {size}×{size}.")
    return row * side // size * side + column * side // size


def received(weights: np.ndarray) -> np.ndarray:
    """How much each key is looked at, the mean over pixels: `(…, M)`, summing to 1."""
    return weights.mean(-2, dtype=np.float32)


def entropy(weights: np.ndarray) -> np.ndarray:
    """The mean over pixels of −Σ w log₂ w, `(…)` in bits: 0 for looking at one key, log₂ M for looking evenly."""
    w = weights.astype(np.float32)
    return -(w * np.log2(np.maximum(w, 1e-12))).sum(-1).mean(-1)


def reach(weights: np.ndarray, size: int) -> np.ndarray:
    """The mean over pixels of Σ w · distance, `(…)` in pixels of a picture of `size`², between centres of cells."""
    return (
        np.einsum("...ij,ij->...", weights.astype(np.float32), distances(weights.shape[-1], size)) / weights.shape[-2]
    )


def distances(n: int, size: int) -> np.ndarray:
    """How far apart the cells of a square grid of n cells are, `(n, n)`, in pixels of a picture of `size`²."""
    side = round(n**0.5)
    row, column = np.divmod(np.arange(n), side)
    return (np.hypot(row[:, None] - row, column[:, None] - column) * size / side).astype(np.float32)


def measure(weights: np.ndarray, size: int, cross: bool) -> Measures:
    """All measures of one layer's weights, `(S, heads, N, M)`."""
    keys, bits = weights.shape[-1], entropy(weights)
    far = np.full(bits.shape, np.nan, np.float32) if cross else reach(weights, size)
    spread = bits / np.log2(keys) if keys > 1 else np.ones_like(bits)
    return Measures(bits, spread, far, received(weights).max(-1) * keys)


def thirds(maps: np.ndarray) -> np.ndarray:
    """The means over the first, the middle and the last third of the frames: `(S, …)` to `(3, …)`.

    What does not divide by three goes to the earlier thirds; of fewer than three frames one stands for several.
    """
    frames = np.arange(len(maps))
    parts = np.array_split(frames, 3) if len(maps) >= 3 else [frames[:1], frames[len(maps) // 2 :][:1], frames[-1:]]
    return np.stack([maps[part].mean(0, dtype=np.float32) for part in parts])


def token_maps(seen: Attention, frames: slice, size: int) -> np.ndarray:
    """The share of each class token in every pixel's attention, `(M, size, size)`, over all layers, heads and `frames`.

    As DAAM does it (Tang et al., 2023, section 3): each map is enlarged bicubically, clamped at 0 and summed; divided
    by their number, the tokens of a pixel sum to about 1. Raises ValueError for a model without class tokens.
    """
    cross = [w for layer, w in zip(seen.layers, seen.weights, strict=True) if layer.cross]
    if not cross:
        raise ValueError("This model has no class tokens to look at: it was trained without cross-attention.")
    total, number = 0, 0
    for weights in cross:
        some = torch.from_numpy(weights[frames].astype(np.float32)).flatten(0, 1).mT  # (S · heads, M, N)
        side = round(some.shape[-1] ** 0.5)
        large = F.interpolate(some.unflatten(-1, (side, side)), (size, size), mode="bicubic", align_corners=False)
        total, number = total + large.clamp(min=0).sum(0), number + len(large)
    return (total / number).numpy()


def clusters(seen: Attention, frames: slice, k: int, seed: int = 0) -> np.ndarray:
    """Which of `k` groups each pixel belongs to: `(side, side)` integers, group 0 the largest.

    k-means on the square roots of what each pixel looks at (their distance is Hellinger's), the mean over heads,
    `frames` and the self-attention layers of the finest grid: pixels that look alike go together.
    """
    from sklearn.cluster import KMeans

    own = [(layer.side, w) for layer, w in zip(seen.layers, seen.weights, strict=True) if not layer.cross]
    side = max(side for side, _ in own)
    if not 2 <= k <= side**2:
        raise ValueError(f"{k} groups of {side}×{side} pixels; allowed: 2 to {side**2}.")
    rows = np.mean([w[frames].mean((0, 1), dtype=np.float32) for width, w in own if width == side], axis=0)
    found = KMeans(k, n_init=4, random_state=seed).fit_predict(np.sqrt(rows))
    order = np.argsort(-np.bincount(found, minlength=k), kind="stable")
    return np.argsort(order)[found].reshape(side, side)
