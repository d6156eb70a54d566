"""Pictures in, scores out, one frozen step at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engines.metrics import cats, diversity, frechet, kernel
from engines.metrics.cache import remembered
from engines.metrics.features import NETWORKS, Features, described, extract, join
from engines.metrics.scores import Estimate, Score

FEATURES = tuple(NETWORKS)  # Inception-v3, the network of FID, would have to be downloaded


@dataclass(frozen=True)
class Metric:
    """`estimate(pictures, reference, seed)` gives the number, `better` ("lower" or "higher") says which way is up.

    `network` is the one whose features it takes.
    """

    estimate: Callable[[Features, Features, int], Estimate]
    better: str
    meaning: str
    network: str = "lite0"


METRICS = {
    "KD-lite0": Metric(
        kernel.estimate, "lower", "kernel distance to the reference; about 0 for real pictures, at any N"
    ),
    "FD-lite0": Metric(frechet.estimate, "lower", "Fréchet distance to the reference; compare at equal N only"),
    "cat share": Metric(cats.estimate, "higher", "share of pictures that an ImageNet classifier calls a cat"),
    "diversity": Metric(
        diversity.estimate, "higher", "how different the pictures are from each other; 1 is as the reference's are"
    ),
}
METRICS |= {  # the same by a second network, for a model that the first one trained
    name.replace("-lite0", "-lite1") if "lite0" in name else f"{name}, lite1": replace(metric, network="lite1")
    for name, metric in METRICS.items()
}


def metrics_of(network: str) -> tuple[str, ...]:
    """The names of the metrics that one network's features serve."""
    return tuple(name for name, metric in METRICS.items() if metric.network == network)


@dataclass(frozen=True)
class Progress:
    """`done` of `total` pictures, the reference's among them, are looked at; `scores` is empty until the last step."""

    done: int
    total: int
    doing: str
    scores: tuple[Score, ...] = ()


def evaluate(
    pictures: np.ndarray | Iterable[np.ndarray],
    reference: np.ndarray,
    *,
    name: str,
    n: int | None = None,
    seed: int = 0,
    metrics: Sequence[str] | None = None,
    features: str = "lite0",
) -> Iterator[Progress]:
    """Compare pictures with a `reference` called `name`; the last step carries the scores in the order of `metrics`.

    `features` names the network that looks at them; `metrics` are some of that network's, None for all of these.

    Both are uint8 `(N, H, W, 3)` of one size. Of an array, `n` pictures are drawn without replacement by `seed`, or all
    if there are no more. Of an iterable of arrays, such as a sampler's batches, the first `n` are read, or all if None,
    and `seed` stands for the one they were sampled with. The reference's features are kept on disk. Raises ValueError
    at the call for wrong arguments, and during the run for pictures of another size or fewer than 2.
    """
    if features not in FEATURES:
        raise ValueError(f"Features {features!r} are not in this install: only {', '.join(FEATURES)} can be used.")
    metrics = metrics_of(features) if metrics is None else metrics
    if unknown := [metric for metric in metrics if metric not in metrics_of(features)]:
        raise ValueError(
            f"Unknown metric {unknown[0]!r} for features {features}; allowed: {', '.join(metrics_of(features))}."
        )
    if n is not None and n < 2:
        raise ValueError(f"n is {n}; scores need at least 2 pictures.")
    _check(reference, "The reference")
    if len(reference) < 2:
        raise ValueError(f"The reference {name} has {len(reference)} pictures; scores need at least 2.")
    if isinstance(pictures, np.ndarray):
        pictures = draw(pictures, n, seed)
    return _evaluate(pictures, reference, name, n, seed, metrics, features)


def draw(pictures: np.ndarray, n: int | None, seed: int) -> np.ndarray:
    """`n` of the pictures, in their order, chosen by `seed`; all of them if there are no more or `n` is None."""
    if n is None or n >= len(pictures):
        return pictures
    return pictures[np.sort(np.random.default_rng(seed).permutation(len(pictures))[:n])]


def _evaluate(
    pictures: np.ndarray | Iterable[np.ndarray],
    reference: np.ndarray,
    name: str,
    n: int | None,
    seed: int,
    metrics: Sequence[str],
    network: str,
) -> Iterator[Progress]:
    known = len(pictures) if isinstance(pictures, np.ndarray) else n or 0
    total, done = len(reference) + known, 0
    theirs, ours = [], []
    for part in remembered(reference, network):
        theirs.append(part)
        done += len(part)
        yield Progress(done, total, "reference")
    for part in extract(_same_size(pictures, reference, n), network):
        ours.append(part)
        done += len(part)
        yield Progress(done, max(total, done), "pictures")
    if sum(map(len, ours)) < 2:
        raise ValueError(f"Got {sum(map(len, ours))} pictures; scores need at least 2.")
    a, b = join(ours), join(theirs)
    scores: tuple[Score, ...] = ()
    for metric in metrics:
        yield Progress(done, done, metric)
        scores += (measure(metric, a, b, name, seed),)
    yield Progress(done, done, "done", scores)


def measure(metric: str, pictures: Features, reference: Features, name: str, seed: int) -> Score:
    """One score of pictures whose features are known already, against those of the reference called `name`."""
    network = METRICS[metric].network
    if {pictures.network, reference.network} != {network}:
        raise ValueError(f"{metric} needs features of {network}; got {pictures.network} and {reference.network}.")
    found = METRICS[metric].estimate(pictures, reference, seed)
    return Score(
        metric, found.value, found.low, found.high, len(pictures), len(reference), seed, name, described(network)
    )


def _same_size(
    pictures: np.ndarray | Iterable[np.ndarray], reference: np.ndarray, n: int | None
) -> Iterator[np.ndarray]:
    """Up to `n` pictures, batch by batch, all of the reference's size: enlarging alone moves every score."""
    left = float("inf") if n is None else n
    for batch in [pictures] if isinstance(pictures, np.ndarray) else pictures:
        _check(batch, "The pictures")
        if batch.shape[1:] != reference.shape[1:]:
            raise ValueError(
                f"The pictures are {batch.shape[2]}×{batch.shape[1]} and the reference is {reference.shape[2]}×"
                f"{reference.shape[1]}; scores compare one size only, so load the reference at the pictures' size."
            )
        yield batch[: int(min(left, len(batch)))]
        left -= len(batch)
        if left <= 0:  # asking for one more batch would sample pictures nobody looks at
            return


def _check(images: np.ndarray, what: str) -> None:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(f"{what} must be uint8 of shape (N, H, W, 3); got {images.dtype} of shape {images.shape}.")
