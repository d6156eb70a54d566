"""Looks inside cached chains: which of a chain's frames are looked at, read once, part by part, and remembered."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np

from studio.recipe import Recipe
from studio.services import generate, inside
from studio.services.chains import Chain

REMEMBERED = 2  # looks of each kind
T = TypeVar("T")


class Looks(Generic[T]):
    """Looks of one kind. Of a longer chain than `most` frames every k-th is looked at, `batch()` frames at a time."""

    def __init__(self, most: int, batch: Callable[[], int]) -> None:
        self.most = most
        self.batch = batch
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def planned(self, recipe: Recipe) -> list[int]:
        """The frames that are looked at, by index: all but the finished picture, of many every k-th and the last."""
        asked = generate.planned(recipe)[:-1]
        kept = np.linspace(0, len(asked) - 1, min(len(asked), self.most)).round().astype(int)
        return [asked[i] for i in kept]

    def frames(self, recipe: Recipe, chain: Chain) -> np.ndarray:
        """Where those of them that are there yet stand in a chain."""
        return np.flatnonzero(np.isin(chain.index, self.planned(recipe)))

    def parts(self, recipe: Recipe) -> int:
        """How many results `read` yields."""
        return -(-len(self.planned(recipe)) // self.batch())

    def known(self, recipe: Recipe) -> T | None:
        """The look inside a chain, if it was taken lately."""
        with self._lock:
            return self._kept.get(generate.complete(recipe).key)

    def read(
        self, recipe: Recipe, results: Callable[[], Iterator[Any]], whole: Callable[[list[Any]], T]
    ) -> Iterator[T | None]:
        """Yield None after each part of `results` but the last, then what `whole` makes of all parts."""
        if (ready := self.known(recipe)) is not None:
            yield ready
            return
        seen = []
        for part in inside.turns(results()):
            seen.append(part)
            if len(seen) < self.parts(recipe):
                yield None
        ready = whole(seen)
        with self._lock:
            self._kept[generate.complete(recipe).key] = ready
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        yield ready
