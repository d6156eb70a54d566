"""The film of a masked fusion in the making: a draft of a few steps first, which full quality replaces."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from studio.services import generate, inside, mask, regions
from studio.services.cats import Cat
from studio.services.mask import Ask, Film

DRAFT = 5  # steps


def film(ask: Ask) -> Iterator[Film]:
    """Yield the film after every network step; one that is known at once.

    Raises ValueError or LookupError if a cat or the checkpoint cannot be had.
    """
    if (whole := mask.known(ask)) is not None:
        yield whole
        return
    from engines.fusion.masked import METHODS

    making = _Making(ask)
    for each in passes_of(ask):
        full = each.recipe.steps == ask.recipe.steps
        for name, method in METHODS.items():
            for drawn in _drawn(each, method, making):
                if drawn is not None and drawn.ready:
                    making.take(name, each.starts[drawn.at], drawn.pictures, drawn.noise if full else None)
                so_far = making.film()
                if drawn is not None and drawn.ready:
                    mask.remember(("film" if so_far.done else "partial", *ask.key), so_far)
                yield so_far


def passes_of(ask: Ask) -> list[Ask]:
    """The question with the draft's steps, if those are fewer, and as it is."""
    draft = [replace(ask, recipe=replace(ask.recipe, steps=DRAFT))] if ask.recipe.steps > DRAFT else []
    return [*draft, ask]


def steps(ask: Ask) -> int:
    """About how many results `film` yields."""
    from engines.fusion.masked import METHODS
    from engines.fusion.masked_film import passes

    total = 0
    for each in passes_of(ask):
        at, settings = each.starts.tolist(), each.settings
        total += sum(passes(ask.net, method, at, settings) for method in METHODS.values())
        total += 2 * (2 * each.recipe.steps + 13)  # both ways back to noise
    return total


class _Making:
    """A film that grows. Until there is more, each frame is the collage with its soft edge."""

    def __init__(self, ask: Ask) -> None:
        from engines.diffusion.schedules import timesteps

        self.a, self.b = mask.pictures(ask)
        self.mask, self.starts, steps = ask.painted.mask(len(self.a)), ask.starts, ask.recipe.steps
        grid = timesteps(ask.net.schedule.steps, steps)
        self.t = np.array([grid[steps - round(start * steps)] for start in self.starts])
        share = self.mask[..., None]
        self.cut = np.where(share > 0.5, self.b, self.a)
        soft = np.rint((1 - share) * self.a + share * self.b).astype(np.uint8)
        number, names = len(self.starts), mask.methods()
        self.pictures = {name: np.repeat(soft[None], number, axis=0) for name in names}
        self.ready = {name: np.zeros(number, bool) for name in names}
        self.noise = {name: np.full(number, np.nan) for name in names}
        self.halves, self.taken = np.full((number, 2), np.nan), 0

    def take(self, name: str, starts: np.ndarray, pictures: np.ndarray, noise: np.ndarray | None) -> None:
        """Put pictures in their places; those of a draft, which has no noise, stand for their neighbours too."""
        self.taken += 1
        for i, start in enumerate(starts):
            away = np.abs(self.starts - start)
            there = away < 1e-6 if noise is not None or start == 0 else (away <= 0.5 / DRAFT + 1e-6) & (self.starts > 0)
            self.pictures[name][there] = pictures[i]
            if noise is not None:
                self.noise[name][there], self.ready[name][there] = noise[i], True

    def film(self) -> Film:
        """The film as it is now."""
        kept = (self.pictures, self.ready, self.noise)
        copies = [{name: values.copy() for name, values in each.items()} for each in kept]
        return Film(self.starts, self.t, self.cut, *copies, self.halves.copy(), self.taken)


def _drawn(ask: Ask, method: Any, making: _Making) -> Iterator[Any]:
    """Yield None while the cats are led back to their noises, then what the engine draws."""
    from engines.fusion import masked, masked_film
    from engines.fusion.regions import pair

    two, codes = pair(ask.net, making.a, making.b, making.mask), []
    if method.codes:
        for cat, picture in zip(ask.cats, (making.a, making.b), strict=True):
            for code in _code(ask, cat, picture):
                if code is None:
                    yield None
                else:
                    codes.append(code)
        if np.array_equal(ask.starts, making.starts):
            making.halves = masked.by_halves(two, *codes)
    yield from inside.turns(masked_film.film(ask.net, method, two, codes, ask.starts.tolist(), ask.settings))


def _code(ask: Ask, cat: Cat, picture: np.ndarray) -> Iterator[Any]:
    """Yield None after each step on the way back to noise and at last the code; one that is known at once."""
    from engines.fusion import masked
    from engines.fusion.ways import Parent

    recipe = generate.complete(ask.recipe)
    key = ("code", recipe.weights, recipe.steps, recipe.label, regions.identity(cat, recipe.checkpoint))
    code = mask.recall(key)
    if code is None:
        for step in inside.turns(masked.path(ask.net, Parent(picture), ask.starts.tolist(), ask.settings)):
            code = step.code
            if code is None:
                yield None
        mask.remember(key, code)
    yield code
