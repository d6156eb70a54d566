"""Palettes: the few colours that come nearest to many pixels, some of which weigh more than others."""

import numpy as np
from PIL import Image

FIRST = 50_000  # pixels that the first guess is made from
ROUNDS, MOVING = 8, 6  # and the rounds in which colours that no pixel needs are moved to where they are needed
MASKED = 16  # grey levels between neighbours at which a wrong shade counts half


def learned(pixels: np.ndarray, weights: np.ndarray, number: int) -> np.ndarray:
    """`number` colours, uint8 `(number, 3)`, for pixels, uint8 `(N, 3)`, that weigh `weights`, `(N,)`, above 0.

    An octree, then Lloyd's rounds (1982): each colour moves to the mean of the pixels that are nearest to it, one that
    is nearest to none to a pixel that is far from all.
    """
    picture, table = Image.fromarray(pixels[None]), np.zeros((number, 3))
    guess = Image.fromarray(pixels[_drawn(weights, FIRST)][None]).quantize(number, Image.Quantize.FASTOCTREE)
    first = np.reshape(guess.getpalette(), (-1, 3))[:number]
    table[: len(first)] = first
    for i in range(ROUNDS):
        nearest = np.asarray(picture.quantize(palette=image(_whole(table)), dither=Image.Dither.NONE)).ravel()
        total = np.bincount(nearest, weights, number)
        sums = np.stack([np.bincount(nearest, weights * pixels[:, c], number) for c in range(3)], axis=1)
        table = np.where(total[:, None] > 0, sums / np.maximum(total, 1e-9)[:, None], table)
        spare = np.flatnonzero(total == 0)
        wrong = weights * ((pixels - table[nearest]) ** 2).sum(1)
        if i < MOVING and len(spare) and wrong.any():
            table[spare] = pixels[_drawn(wrong, len(spare))]
    return _whole(table)


def smoothness(frames: np.ndarray) -> np.ndarray:
    """How little each pixel of frames `(F, H, W, 3)` differs from its neighbours: `(F, H · W)`, above 0 to 1.

    In noise a wrong shade is not seen.
    """
    grey = frames.mean(-1, dtype=np.float32)
    contrast = sum(np.abs(np.diff(grey, axis=axis, append=np.take(grey, [-1], axis))) for axis in (1, 2))
    return 1 / (1 + contrast.reshape(len(frames), -1) / MASKED)


def image(table: np.ndarray, indices: np.ndarray | None = None) -> Image.Image:
    """A picture of indices, uint8 `(H, W)`, into colours, uint8 `(K, 3)`; of one pixel to carry the colours alone."""
    made = Image.fromarray(np.zeros((1, 1), np.uint8) if indices is None else np.ascontiguousarray(indices))
    made.putpalette(table.tobytes())
    return made


def _drawn(weights: np.ndarray, number: int) -> np.ndarray:
    """`number` places, each as often as it weighs."""
    ends = weights.cumsum(dtype=np.float64)
    return np.searchsorted(ends, (np.arange(number) + 0.5) / number * ends[-1])


def _whole(table: np.ndarray) -> np.ndarray:
    return np.rint(table).astype(np.uint8)
