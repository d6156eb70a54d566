"""Scores for whatever a person has: a checkpoint by name, or a folder or zip of pictures."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from engines import checkpoints
from engines.data.sources import load as load_pictures
from engines.data.sources import native_size
from engines.metrics.evaluate import evaluate as score
from engines.metrics.scores import Score
from engines.sampling import draw

BATCH = 32


def evaluate(
    what: str,
    reference: str,
    n: int = 1000,
    seed: int = 0,
    features: str = "lite0",
    split: str | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, doing: None,
) -> tuple[Score, ...]:
    """Score `n` pictures of a checkpoint, folder or zip against a source of real ones, or one part, `split`, of it.

    A checkpoint is sampled, a chain in 20 steps, from the seeds `seed` to `seed + n − 1`; of a folder, `n` are drawn
    by `seed`.
    Raises ValueError or LookupError for what does not exist or does not fit.
    """
    pictures, size = _pictures(what, n, seed)
    real = load_pictures(reference, size, split=split)
    name = f"{Path(reference).name}, {split} part" if split else Path(reference).name
    last = None
    for last in score(pictures, real.images, name=name, n=n, seed=seed, features=features):
        progress(last.done, last.total, last.doing)
    return last.scores


def _pictures(what: str, n: int, seed: int) -> tuple[np.ndarray | Iterator[np.ndarray], int]:
    try:
        model = checkpoints.load(what)
    except LookupError:
        if not Path(what).exists():
            raise LookupError(f"{what!r} is neither a checkpoint, nor a folder or zip of pictures.") from None
        return load_pictures(what, size := native_size(what)).images, size
    return _samples(model, n, seed), model.net.shape[1]


def _samples(model: checkpoints.Model, n: int, seed: int) -> Iterator[np.ndarray]:
    for first in range(seed, seed + n, BATCH):
        seeds = range(first, min(first + BATCH, seed + n))
        *_, last = draw(model, seeds)
        yield last.pictures
