"""Adaptive augmentation as pages show it: pictures as the discriminator sees them at each p, and p over a run."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.home import home
from studio.services import gan, opinion, steer
from studio.services.gan import Look

PS = np.round(np.linspace(0, 1, 11), 2)
TARGET = 0.6  # of r, as in the paper
NUMBER = 12  # pictures of each kind
_known: OrderedDict[Any, "Film"] = OrderedDict()


@dataclass(frozen=True)
class Film:
    """Both kinds of pictures at each p so far: `real`, `fake` uint8 `(S, N, H, W, 3)`.

    `real_scores` and `fake_scores`, `(S, N)`, are what the discriminator says of them.
    """

    real: np.ndarray
    fake: np.ndarray
    real_scores: np.ndarray
    fake_scores: np.ndarray

    def __len__(self) -> int:
        return len(self.real)

    def r(self, middle: float) -> np.ndarray:
        """The overfitting sign at each p, `(S,)`: the mean of +1 for real pictures taken for real and −1 for others."""
        return np.sign(self.real_scores - middle).mean(1)


@dataclass(frozen=True)
class Course:
    """p and r over a run, `(N,)` each, by the pictures it had seen."""

    images: np.ndarray
    p: np.ndarray
    r: np.ndarray


def names(every: bool) -> tuple[str, ...]:
    """The transformations: those fit for faces, or every one."""
    from engines.training.ada import FACES, TRANSFORMATIONS

    return tuple(dict.fromkeys(TRANSFORMATIONS if every else FACES))


def film(look: Look, source: str, every: bool, draw: int) -> Iterator[Film]:
    """Yield the film as it grows, one p more each time; at once if it is known. `draw` is the number of the chances.

    The same chances at a larger p make the same changes and more. Raises ValueError for a source that cannot be used.
    """
    if (whole := known(look, source, every, draw)) is not None:
        yield whole
        return
    real, _ = opinion.real(look, source, NUMBER)
    fake = gan.pictures(look, range(look.recipe.seed, look.recipe.seed + NUMBER))
    parts: list[tuple[np.ndarray, ...]] = []
    for part in steer.turns(_made(look, real, fake, names(every), draw)):
        parts.append(part)
        so_far = Film(*(np.stack(column) for column in zip(*parts, strict=True)))
        yield so_far
    steer.remember(_known, (*look.key, source, every, draw), so_far)


def known(look: Look, source: str, every: bool, draw: int) -> Film | None:
    """The whole film, if it was made before."""
    return _known.get((*look.key, source, every, draw))


def runs() -> dict[str, Course]:
    """Runs in the user's home that logged p, latest first, by their path under `runs/`."""
    paths = [path for depth in ("*", "*/*") for path in (home() / "runs").glob(f"{depth}/log.jsonl")]
    paths.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    found = {path.parent.relative_to(home() / "runs").as_posix(): course(path.parent) for path in paths}
    return {name: there for name, there in found.items() if len(there.p)}


def course(folder: Path) -> Course:
    """p and r as a run's log has them; empty where it has none."""
    from engines.training.log import read

    rows = [(line["images"], line["ada_p"], line.get("ada_r", np.nan)) for line in read(folder) if "ada_p" in line]
    return Course(*np.array(rows, float).reshape(-1, 3).T)


def _made(look: Look, real: np.ndarray, fake: np.ndarray, which: tuple[str, ...], draw: int) -> Iterator[Any]:
    from engines.images import to_tensor, to_uint8
    from engines.introspect.opinion import scores
    from engines.noise import generator
    from engines.training.ada import augment

    space = steer.space(look.recipe)
    for p in PS.tolist():
        seen = [
            augment(to_tensor(pictures), p, generator(draw, stream), which).to(space.gan.device)
            for stream, pictures in enumerate((real, fake), 1)
        ]
        yield *(to_uint8(pictures) for pictures in seen), *(scores(space, pictures) for pictures in seen)
