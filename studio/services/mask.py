"""Two cats fused by a painted mask: what is asked for, the film of it, and what each frame is worth."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import cats, generate, inside, regions
from studio.services.cats import Cat
from studio.services.painted import Painted

FRAMES = 11  # of a film: the share of the chain that runs, from none to all
REMEMBERED = 24  # films of 400 KiB, codes of 1 MiB, and numbers
_memory: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


@dataclass(frozen=True)
class Ask:
    """What is asked for: two cats and who owns which region. Of the recipe, checkpoint, seed, steps and label count."""

    recipe: Recipe
    cats: tuple[Cat, Cat]
    painted: Painted

    @property
    def key(self) -> tuple[Any, ...]:
        """A name for all that changes the pictures."""
        recipe = generate.complete(self.recipe)
        both = [regions.identity(cat, recipe.checkpoint) for cat in self.cats]
        return (recipe.weights, recipe.seed, recipe.steps, recipe.label, *both, str(self.painted))

    @property
    def name(self) -> str:
        """The same as one word."""
        return "-".join(map(str, self.key))

    @property
    def net(self) -> Any:
        """The network; LookupError or ValueError if there is none that walks a chain."""
        from engines import checkpoints

        return checkpoints.load(self.recipe.checkpoint, can="trajectory").net

    @property
    def settings(self) -> Any:
        """The recipe as the engine takes it; ValueError for a class that the checkpoint does not have."""
        from engines.fusion.ways import Settings

        return Settings(steps=self.recipe.steps, seed=self.recipe.seed, label=inside.label(self.recipe))

    @property
    def starts(self) -> np.ndarray:
        """Where its film has frames: at most 11 shares of the chain from 0 to 1, each a whole number of steps."""
        return np.unique(np.round(np.linspace(0, 1, FRAMES) * self.recipe.steps)) / self.recipe.steps


@dataclass(frozen=True)
class Film:
    """What each method makes at each of S `starts`; `t` `(S,)` is the step there, −1 where no step is left.

    `pictures[name]` is uint8 `(S, H, W, 3)`; `ready[name]` `(S,)` says which of them are in full quality, the others
    are a draft. `noise[name]` `(S,)` is as in the engine's `film`, NaN for a draft. `cut` is the collage as scissors
    make it. `halves` `(S, 2)` is the engine's `by_halves` of the inverted noises, NaN until it is known. `taken` grows
    whenever pictures have come.
    """

    starts: np.ndarray
    t: np.ndarray
    cut: np.ndarray
    pictures: Mapping[str, np.ndarray]
    ready: Mapping[str, np.ndarray]
    noise: Mapping[str, np.ndarray]
    halves: np.ndarray
    taken: int

    @property
    def done(self) -> bool:
        """Whether all of it is in full quality."""
        return all(each.all() for each in self.ready.values())


def methods() -> dict[str, tuple[str, str]]:
    """The ways to fuse by a mask: title and what it does, by name."""
    from engines.fusion.masked import METHODS

    return {name: (each.title, each.says) for name, each in METHODS.items()}


def pictures(ask: Ask) -> list[np.ndarray]:
    """The two cats at the checkpoint's own size, uint8 `(size, size, 3)`."""
    size = ask.net.shape[1]
    return [cats.picture(cat, size, ask.recipe.checkpoint) for cat in ask.cats]


def known(ask: Ask) -> Film | None:
    """The film, if all of it was made before."""
    return _memory.get(("film", *ask.key))


def partial(ask: Ask) -> Film | None:
    """The film as far as it came, if it was stopped."""
    return _memory.get(("partial", *ask.key))


def known_numbers(ask: Ask) -> dict[str, Any] | None:
    """The numbers, if they were measured before."""
    return _memory.get(("numbers", *ask.key))


def measured(ask: Ask, film: Film) -> Iterator[dict[str, Any]]:
    """Yield the engine's `seams.Measures` of each method's frames, by name, one more name each time.

    "cut" is the collage, as a single frame.
    """
    from engines.fusion import seams

    if (found := known_numbers(ask)) is not None:
        yield found
        return
    a, b = pictures(ask)
    mask, found = ask.painted.mask(len(a)), {}
    rows = {"cut": film.cut[None], **film.pictures}
    for name, frames in rows.items():
        with generate.computing:
            found = {**found, name: seams.measure(frames, a, b, mask)}
        if len(found) == len(rows):
            remember(("numbers", *ask.key), found)
        yield found


def recall(key: tuple[Any, ...]) -> Any:
    """What is remembered under a key, None if nothing is."""
    return _memory.get(key)


def remember(key: tuple[Any, ...], value: Any) -> None:
    """Keep something; the oldest go."""
    _memory[key] = value
    while len(_memory) > REMEMBERED:
        _memory.popitem(last=False)
