"""Regions of a cat for free: pixels whose attention goes to the same places, with names that numbers bear."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.services import cats, generate, inside, library
from studio.services.cats import Cat
from studio.services.painted import SIDE

LEVELS = (0.1, 0.2, 0.3, 0.4)  # of all steps: a picture with so little noise still shows everything
GROUPS = 6
BACKGROUND = 0.3  # of the picture's edge: whoever holds less of it is not called background
REMEMBERED = 16  # looks at a cat, 5 MiB each
_looks: OrderedDict[tuple[str, str], Any] = OrderedDict()


@dataclass(frozen=True)
class Region:
    """A group of pixels: bool `cells` `(32, 32)`, its `share` of the picture, and how much of the `edge` it holds."""

    name: str
    cells: np.ndarray
    share: float
    edge: float


def look(cat: Cat, checkpoint: str) -> Iterator[None]:
    """Draw a cat and read the checkpoint's attention on its picture, step by step; nothing if that was done before.

    The picture is noised a little and shown to the network, photo or not, so that all cats are read alike.
    Raises ValueError or LookupError if the cat or the checkpoint cannot be had, or looks at nothing.
    """
    if (name := key(cat, checkpoint)) in _looks:
        return
    from engines import checkpoints
    from engines.introspect import attention
    from engines.introspect.trajectory import noised

    model = checkpoints.load(checkpoint, can="attention").net
    size = model.shape[1]
    for _ in cats.drawing(cat, size, checkpoint):
        yield
    picture = cats.picture(cat, size, checkpoint)
    t = np.array([round(level * (model.schedule.steps - 1)) for level in LEVELS])
    parts = []
    for part in inside.turns(attention.attention(model, noised(model, picture, 0, t.tolist()), t)):
        parts.append(part)
        yield
    _looks[name] = attention.join(parts)
    while len(_looks) > REMEMBERED:
        _looks.popitem(last=False)


def known(cat: Cat, checkpoint: str) -> bool:
    """Whether the cat was looked at before."""
    return key(cat, checkpoint) in _looks


def found(cat: Cat, checkpoint: str, groups: int = GROUPS) -> list[Region]:
    """The regions of a cat that was looked at, the largest first."""
    from engines.introspect import heads

    seen = _looks[key(cat, checkpoint)]
    if all(layer.cross for layer in seen.layers):  # no pixel looks at others
        return []
    return named(heads.clusters(seen, slice(None), groups))


def named(labels: np.ndarray) -> list[Region]:
    """Regions from labels `(g, g)`, 0 for the largest: each with its share, where it lies and, for one, "background?".

    A name says no more than the numbers: not "ears", but "top". The one that holds most of the picture's edge, and at
    least three tenths of it, may be the background.
    """
    edge = np.ones(labels.shape, bool)
    edge[1:-1, 1:-1] = False
    holds = [float((labels[edge] == i).mean()) for i in range(labels.max() + 1)]
    behind = int(np.argmax(holds)) if max(holds) >= BACKGROUND else -1
    at = (2 * np.arange(SIDE) + 1) * len(labels) // (2 * SIDE)
    regions = []
    for i, held in enumerate(holds):
        mine = labels == i
        where = f"{held:.0%} of the edge (background? approximate)" if i == behind else _place(mine)
        name = f"group {i + 1}, {mine.mean():.0%}, {where}"
        regions.append(Region(name, mine[at[:, None], at], float(mine.mean()), held))
    return regions


def _place(mine: np.ndarray) -> str:
    """Where the middle of a group lies, by thirds of the picture."""
    rows, columns = ((np.nonzero(mine)[axis].mean() + 0.5) / len(mine) for axis in (0, 1))
    words = [
        names[min(int(3 * at), 2)] for at, names in ((rows, ("top", "", "bottom")), (columns, ("left", "", "right")))
    ]
    return " ".join(filter(None, words)) or "middle"


def key(cat: Cat, checkpoint: str) -> tuple[str, str]:
    """A name for a look at a cat."""
    return library.digest(checkpoint), identity(cat, checkpoint)


def identity(cat: Cat, checkpoint: str) -> str:
    """A name for a cat's picture, whatever its checkpoint is called."""
    return cat.photo or generate.complete(cats.recipe(cat, checkpoint)).key
