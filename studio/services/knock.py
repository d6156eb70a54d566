"""Chains with some heads switched off or up, beside the chain as it was."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import attend, generate
from studio.services.chains import Chain

REMEMBERED = 8
_edits: OrderedDict[tuple[Any, ...], "Edited"] = OrderedDict()
_ranks: OrderedDict[str, "Ranking"] = OrderedDict()


@dataclass(frozen=True)
class Edited:
    """The predicted x0 of a changed chain so far, float16 `(S', H, W, C)`, at the frames that its model chain keeps.

    Of a finished one, `picture` is the end, float32 `(H, W, C)`, `damage` its RMS difference from the unchanged picture
    and `distance` how far apart the two are for EfficientNet-Lite0 (1 − cosine).
    """

    x0: np.ndarray
    picture: np.ndarray | None = None
    damage: float = 0.0
    distance: float = 0.0


@dataclass(frozen=True)
class Ranking:
    """Damage and feature distance of switching off a head, by layer's name and head from 0, after `done` of `total`."""

    done: int
    total: int
    harm: Mapping[tuple[str, int], tuple[float, float]]


def again(recipe: Recipe, chain: Chain, factors: Mapping[tuple[str, int], float]) -> Iterator[Edited]:
    """Run the chain of `recipe` once more with heads scaled, yielding it step by step; at once if it is known."""
    key = _key(recipe, factors)
    if (ready := changed(recipe, factors)) is not None:
        yield ready
        return
    wanted, kept, last = set(chain.index.tolist()), [], None
    for last in _frames(recipe, [factors]):
        if last.index in wanted:
            kept.append(last.x0[0].astype(np.float16))
        if last.t >= 0:
            yield Edited(np.stack(kept))
    damage, distance = _harm(last.x_t, chain)
    _edits[key] = Edited(np.stack(kept), last.x_t[0], float(damage[0]), float(distance[0]))
    while len(_edits) > REMEMBERED:
        _edits.popitem(last=False)
    yield _edits[key]


def changed(recipe: Recipe, factors: Mapping[tuple[str, int], float]) -> Edited | None:
    """A changed chain, if it was run before."""
    return _edits.get(_key(recipe, factors))


def rank(recipe: Recipe, chain: Chain) -> Iterator[Ranking]:
    """Switch off every head by itself, a layer's heads at once, and measure what it does to the picture."""
    kinds = attend.layers(recipe.checkpoint)
    first, done = ranked(recipe), 0
    if first.done:
        yield first
        return
    total, harm = len(kinds) * len(generate.course(recipe)), {}
    for layer in kinds:
        for frame in _frames(recipe, [{(layer.name, head): 0.0} for head in range(layer.heads)]):
            done += 1
            if frame.t < 0:
                found = zip(*_harm(frame.x_t, chain), strict=True)
                harm = harm | {(layer.name, head): (float(a), float(b)) for head, (a, b) in enumerate(found)}
            if done < total:
                yield Ranking(done, total, harm)
    key = generate.complete(recipe).key
    _ranks[key] = Ranking(total, total, harm)
    while len(_ranks) > REMEMBERED:
        _ranks.popitem(last=False)
    yield _ranks[key]


def ranked(recipe: Recipe) -> Ranking:
    """The ranking of all heads, if it was made before; else an empty one."""
    return _ranks.get(generate.complete(recipe).key, Ranking(0, 0, {}))


def _frames(recipe: Recipe, changes: list[Mapping[tuple[str, int], float]]) -> Iterator[Any]:
    """Frames of the engine, one at a time under the lock."""
    from engines import checkpoints
    from engines.introspect.knockout import edited
    from studio.services import photos

    model = checkpoints.load(recipe.checkpoint)
    label = model.card.classes.index(recipe.label) if recipe.label else None
    photo = photos.load(recipe.photo, model.net.shape[1]) if recipe.photo else None
    settings = {"sampler": recipe.sampler, "steps": recipe.steps, "eta": recipe.eta, "label": label}
    guidance = recipe.guidance if recipe.label else 1.0
    start = recipe.start if recipe.photo else 1.0
    chains = edited(model.net, changes, recipe.seed, guidance=guidance, photo=photo, start=start, **settings)
    while True:
        with generate.computing:
            frame = next(chains, None)
        if frame is None:
            return
        yield frame


def _harm(pictures: np.ndarray, chain: Chain) -> tuple[np.ndarray, np.ndarray]:
    from engines.introspect.knockout import damage, distance

    with generate.computing:
        return damage(pictures, chain.x_t[-1]), distance(pictures, chain.x_t[-1])


def _key(recipe: Recipe, factors: Mapping[tuple[str, int], float]) -> tuple[Any, ...]:
    return generate.complete(recipe).key, tuple(sorted((key, value) for key, value in factors.items() if value != 1))
