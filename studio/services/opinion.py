"""What a discriminator says of real, generated and other models' pictures; each question is answered once."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.services import gan, samples, steer
from studio.services.gan import Look

GENERATED = "generated"
_known: OrderedDict[Any, "Judged"] = OrderedDict()


@dataclass(frozen=True)
class Asked:
    """`number` pictures of each kind: generated ones, those of `source`, and the samples of `others`.

    `step` is how far one step towards what is wanted goes, as a root mean square of [-1, 1] pixels.
    """

    source: str
    others: tuple[str, ...]
    number: int
    step: float


@dataclass(frozen=True)
class Judged:
    """N pictures in the order they were judged: `groups` and `names` `(N,)`, `pictures` and `wanted` `(N, H, W, 3)`.

    `score` and `after` `(N,)` are before and after the step, `saliency` `(N, H, W)`; of `total` pictures in all.
    """

    groups: np.ndarray
    names: np.ndarray
    pictures: np.ndarray
    score: np.ndarray
    saliency: np.ndarray
    wanted: np.ndarray
    after: np.ndarray
    total: int

    @property
    def order(self) -> np.ndarray:
        """The pictures from the least to the most real in its opinion."""
        return np.argsort(self.score, kind="stable")

    def share_above(self, group: str) -> float:
        """The share of a group's pictures that it takes for real: a score above 0."""
        return float((self.score[self.groups == group] > 0).mean())


def judge(look: Look, asked: Asked) -> Iterator[Judged]:
    """Yield what is judged so far, four more pictures each time; at once if it is known.

    Raises ValueError or LookupError for pictures that cannot be had.
    """
    from engines.introspect.opinion import opinions

    if (whole := known(look, asked)) is not None:
        yield whole
        return
    groups, names, pictures = _gathered(look, asked)
    parts: list[Any] = []
    for part in steer.turns(opinions(steer.space(look.recipe), pictures, asked.step)):
        parts.append(part)
        columns = {
            name: np.concatenate([getattr(each, name) for each in parts])
            for name in ("score", "saliency", "wanted", "after")
        }
        done = len(columns["score"])
        so_far = Judged(groups[:done], names[:done], pictures[:done], **columns, total=len(pictures))
        yield so_far
    steer.remember(_known, _key(look, asked), so_far)


def known(look: Look, asked: Asked) -> Judged | None:
    """All of it, if it was judged before."""
    return _known.get(_key(look, asked))


def steps(asked: Asked) -> int:
    """How often `judge` yields, at most."""
    from engines.introspect.opinion import BATCH

    return -(-asked.number * (2 + len(asked.others)) // BATCH)


def real(look: Look, source: str, number: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Pictures of a source at the generator's size, uint8 `(N, H, W, 3)`, and their names."""
    from engines.data.sources import load

    found = load(source, steer.space(look.recipe).gan.shape[1], limit=number)
    return found.images, found.names


def unit(look: Look) -> str:
    """What the discriminator's number is: a logit or a probability."""
    net = steer.space(look.recipe).gan.discriminator
    return "logit" if getattr(getattr(net, "config", None), "logits", True) else "probability"


def _gathered(look: Look, asked: Asked) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Groups, names and pictures of all that is asked about."""
    seeds = range(look.recipe.seed, look.recipe.seed + asked.number)
    kinds: list[tuple[str, Sequence[str], np.ndarray]] = [
        (GENERATED, [f"seed {seed}" for seed in seeds], gan.pictures(look, seeds))
    ]
    images, names = real(look, asked.source, asked.number)
    kinds.append((f"real, {Path(asked.source).name}", names, images))
    size = images.shape[1]
    for other in asked.others:
        tiles = samples.tiles(other, asked.number, size)
        kinds.append((other, [f"sample {i}" for i in range(len(tiles))], tiles))
    groups = np.concatenate([[group] * len(pictures) for group, _, pictures in kinds])
    names = np.concatenate([list(names) for _, names, _ in kinds])
    return groups, names, np.concatenate([pictures for *_, pictures in kinds])


def _key(look: Look, asked: Asked) -> tuple[Any, ...]:
    return (*look.key, asked)
