"""The plane of λ × noise level of one way: a draft of few steps first, then the full chains, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studio.services import fuse
from studio.services.fuse import Ask, Row

LAMS = np.linspace(0, 1, 9)
STARTS = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
DRAFT = 5  # steps
CELLS = len(LAMS) * len(STARTS)


@dataclass(frozen=True)
class Plane:
    """The pictures so far, uint8 `(N, H, W, 3)`, at the places `at` `(N,)`, row by row; `full` counts finished rows."""

    at: np.ndarray
    pictures: np.ndarray
    full: int = 0

    @property
    def done(self) -> bool:
        """Whether all pictures are the final ones."""
        return self.full == len(STARTS)


def ways(ask: Ask) -> list[Row]:
    """The rows that have a noise level: those of the page's own checkpoint that are told where to start."""
    from engines.families import FAMILIES

    own = fuse.library.find(ask.recipe.checkpoint)
    found = [row for row in fuse.rows(own.name) if row.checkpoint == own.name]
    return [row for row in found if "start" in FAMILIES[own.family].ways[row.way].reads]


def plane(ask: Ask, row: Row) -> Iterator[Plane]:
    """Yield the plane after each network step: the draft as it grows, then with one row after another in full."""
    found = Plane(np.zeros(0, int), np.zeros((0, 0, 0, 3), np.uint8))
    for full in (False, True):
        for i, start in enumerate(STARTS):
            for pictures, ready in fuse.several(_at(ask, start, full), row, LAMS):
                if ready:
                    found = _with(found, i, pictures, full)
                yield found


def known(ask: Ask, row: Row) -> Plane | None:
    """The plane as far as it was made before, drafts included; None if there is nothing."""
    found = Plane(np.zeros(0, int), np.zeros((0, 0, 0, 3), np.uint8))
    for full in (False, True):
        for i, start in enumerate(STARTS):
            kept = fuse.kept(_at(ask, start, full), row, LAMS)
            if kept is None:
                return found if len(found.at) else None
            found = _with(found, i, kept, full)
    return found


def passes(ask: Ask) -> int:
    """About how many network steps the whole plane takes."""
    return sum(max(1, round(start * steps)) for steps in (DRAFT, ask.recipe.steps) for start in STARTS)


def _at(ask: Ask, start: float, full: bool) -> Ask:
    return fuse.moved(ask, start=float(start), steps=ask.recipe.steps if full else min(DRAFT, ask.recipe.steps))


def _with(found: Plane, row: int, pictures: np.ndarray, full: bool) -> Plane:
    """The plane with a row of pictures, new or in place of its draft."""
    places = row * len(LAMS) + np.arange(len(LAMS))
    if not full:
        so_far = found.pictures if len(found.at) else pictures[:0]
        return Plane(np.concatenate([found.at, places]), np.concatenate([so_far, pictures]))
    better = found.pictures.copy()
    better[places] = pictures
    return Plane(found.at, better, row + 1)
