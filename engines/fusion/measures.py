"""What a path between two pictures is worth, in numbers: is there a jump, a blur, or only one of the parents?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.metrics.cats import CLASSES
from engines.metrics.features import Features, extract, join

JUMP = 2.5  # times the median speed
BLUR = 0.78  # of the parents' detail; a fade between two unrelated pictures keeps 1/√2 = 0.71 of it
OWN = 0.25  # of the distance between the parents: nearer to one of them, a picture counts as that one
_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Measures:
    """A path in numbers, one for each of its S pictures unless said otherwise.

    `speed`, `(S − 1,)`, is how far features move from a picture to the next, per unit of λ; `jumps`, `(J,)`, are where
    that is more than 2.5 times the median, as places in `speed`. `to_a` and `to_b` are the distances to the parents,
    1 − cosine of features, `apart` is that between the parents; `balance` is |to_a − to_b|. `detail` is a picture's
    fine structure as a share of what lies between the parents'. `cat`, in [0, 1], is the probability that a classifier
    gives to cats. `psnr_a` and `psnr_b`, in dB, say how well the first and the last picture give the parents back.
    """

    lam: np.ndarray
    speed: np.ndarray
    jumps: np.ndarray
    to_a: np.ndarray
    to_b: np.ndarray
    apart: float
    balance: np.ndarray
    detail: np.ndarray
    cat: np.ndarray
    psnr_a: float
    psnr_b: float

    def verdict(self, i: int) -> str:
        """What picture `i` is, in words: blurred or faded, one of the parents, or a cat of its own."""
        if self.detail[i] < BLUR:
            return "blurred or faded"
        if min(self.to_a[i], self.to_b[i]) < OWN * self.apart:
            return "still A" if self.to_a[i] < self.to_b[i] else "already B"
        return "a cat of its own" if self.cat[i] >= 0.5 else "not clearly a cat"


def seen(pictures: np.ndarray) -> Features:
    """The EfficientNet-Lite0 features of pictures, uint8 `(N, H, W, 3)`."""
    return join(list(extract(pictures)))


def measure(lam: Sequence[float], pictures: np.ndarray, a: np.ndarray, b: np.ndarray) -> Measures:
    """Measure the path `pictures`, uint8 `(S, H, W, 3)`, at the rising `lam` in [0, 1], between the parents a and b.

    Raises ValueError for fewer than 2 pictures or a `lam` that does not rise.
    """
    lam = np.asarray(lam, np.float64)
    if len(lam) < 2 or len(lam) != len(pictures) or (np.diff(lam) <= 0).any():
        raise ValueError(f"{len(pictures)} pictures at {len(lam)} λ; give 2 or more pictures, each at a greater λ.")
    features = seen(np.concatenate([pictures, a[None], b[None]]))
    pool = features.pool.astype(np.float64)
    path, first, last = pool[:-2], pool[-2], pool[-1]
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1) / np.diff(lam)
    to_a, to_b = distance(path, first), distance(path, last)
    return Measures(
        lam=lam,
        speed=speed,
        jumps=np.flatnonzero(speed > JUMP * max(np.median(speed), 1e-12)),
        to_a=to_a,
        to_b=to_b,
        apart=float(distance(first[None], last)[0]),
        balance=np.abs(to_a - to_b),
        detail=detail(pictures) / np.maximum((1 - lam) * detail(a[None])[0] + lam * detail(b[None])[0], 1e-12),
        cat=cats(features.logits[:-2]),
        psnr_a=psnr(pictures[0], a),
        psnr_b=psnr(pictures[-1], b),
    )


def distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1 − cosine between each row of `(N, D)` and `(D,)`: 0 for the same direction, at most 2."""
    lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(y)
    return 1 - (x @ y) / np.maximum(lengths, 1e-12)


def detail(pictures: np.ndarray) -> np.ndarray:
    """Fine structure of pictures, uint8 `(N, H, W, 3)`: the root mean square of the brightness' discrete Laplacian.

    It grows with the fourth power of the spatial frequency, so a blur takes it away first and a shift not at all.
    """
    y = pictures.astype(np.float64) @ _LUMA
    inner = y[:, 1:-1, 1:-1]
    laplacian = y[:, :-2, 1:-1] + y[:, 2:, 1:-1] + y[:, 1:-1, :-2] + y[:, 1:-1, 2:] - 4 * inner
    return np.sqrt((laplacian**2).mean((1, 2)))


def cats(logits: np.ndarray) -> np.ndarray:
    """The probability, `(N,)`, that ImageNet's cat classes get together, from logits `(N, 1000)`."""
    p = np.exp(logits - logits.max(1, keepdims=True))
    return p[:, CLASSES.start : CLASSES.stop].sum(1) / p.sum(1)


def psnr(x: np.ndarray, y: np.ndarray) -> float:
    """Peak signal-to-noise ratio of uint8 pictures in dB; 99 where no pixel differs."""
    error = float(np.square(x.astype(np.float64) - y).mean())
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def retimed(lam: Sequence[float], speed: Sequence[float], number: int) -> np.ndarray:
    """`number` λ, `(number,)`, between which features move equally far, for a path of this `speed`, `(len(lam) − 1,)`.

    The distance walked is taken to grow evenly between two neighbours of `lam`; stretches without any movement are
    skipped. Raises ValueError for fewer than 2 λ.
    """
    lam, steps = np.asarray(lam, np.float64), np.asarray(speed, np.float64) * np.diff(lam)
    if number < 2 or len(steps) != len(lam) - 1:
        raise ValueError(f"{number} λ for a path of {len(lam)}; at least 2 are needed, and a speed between each two.")
    walked = np.concatenate([[0.0], np.cumsum(np.maximum(steps, 0))])
    if walked[-1] == 0:
        return np.linspace(lam[0], lam[-1], number)
    places = np.interp(np.linspace(0, walked[-1], number), walked, lam)
    places[[0, -1]] = lam[[0, -1]]
    return places
