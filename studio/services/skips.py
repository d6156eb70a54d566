"""Chains whose skips are faded, cut or shuffled, beside the chain as it was; and what each skip is worth."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import features, generate, inside

LEVELS = 8  # noise levels at which the skips are measured
PICTURES = 4  # chains over which they are
REMEMBERED = 8
_faded: OrderedDict[tuple[Any, ...], "Faded"] = OrderedDict()
_harm: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


@dataclass(frozen=True)
class Mix:
    """What is turned: the `backbone`, the skips of a level by its side in pixels, and one skip that is cut.

    `cut` is the short name of the block that it enters, or ""; `mode` says whether it is `zero`, or comes from the next
    seed's picture (`shuffle`).
    """

    backbone: float = 1.0
    levels: Mapping[int, float] = field(default_factory=dict)
    cut: str = ""
    mode: str = "zero"

    @property
    def even(self) -> bool:
        """Whether nothing is turned."""
        return self.backbone == 1 and not self.cut and all(factor == 1 for factor in self.levels.values())

    @property
    def key(self) -> tuple[Any, ...]:
        """What names the mix among others."""
        levels = tuple(sorted((side, factor) for side, factor in self.levels.items() if factor != 1))
        return self.backbone, levels, self.cut, self.mode if self.cut else ""


@dataclass(frozen=True)
class Faded:
    """The predicted x0 after `done` of `total` steps, float32 `(H, W, C)`, of the chain under a mix."""

    done: int
    total: int
    x0: np.ndarray

    @property
    def finished(self) -> bool:
        """Whether it is the picture."""
        return self.done >= self.total


def fade(recipe: Recipe, mix: Mix) -> Iterator[Faded]:
    """Run the chain of `recipe` once more under `mix`, yielding it step by step; at once if it is known."""
    from engines import checkpoints
    from engines.introspect import skips

    if (ready := faded(recipe, mix)) is not None:
        yield ready
        return
    model = checkpoints.load(recipe.checkpoint).net
    shuffles = bool(mix.cut) and mix.mode == "shuffle"
    seeds = [recipe.seed, recipe.seed + 1] if shuffles else [recipe.seed]
    chain = skips.faded(model, _faders(recipe, mix), seeds=seeds, **inside.settings(recipe))
    for frame in inside.turns(chain):
        so_far = Faded(frame.index, frame.total, frame.x0[0])
        if so_far.finished:
            _remember(_faded, (generate.complete(recipe).key, mix.key), so_far)
        yield so_far


def faded(recipe: Recipe, mix: Mix) -> Faded | None:
    """The picture under `mix`, if it was made before; an even mix is the picture of the cached chain itself."""
    if mix.even and (chain := generate.known(recipe)) is not None:
        return Faded(chain.total, chain.total, chain.x_t[-1])
    return _faded.get((generate.complete(recipe).key, mix.key))


def measure(recipe: Recipe, mode: str) -> Iterator[Any | None]:
    """The engine's `Harm` of losing each skip, at several noise levels: None while its chains are made.

    Four chains from the seeds `recipe.seed`, + 1, … give the states; the last result holds all levels.
    """
    from engines import checkpoints
    from engines.introspect import skips
    from engines.introspect.trajectory import trajectory

    if (ready := measured(recipe, mode)) is not None:
        yield ready
        return
    model, settings, states, found = checkpoints.load(recipe.checkpoint).net, inside.settings(recipe), [], None
    seeds = range(recipe.seed, recipe.seed + PICTURES)
    for frame in inside.turns(trajectory(model, seeds=seeds, **settings)):
        states.append(frame)
        yield None
    asked = [frame for frame in states if frame.t >= 0]
    asked = [asked[i] for i in levels(len(asked))]
    x_t, t = np.stack([frame.x_t for frame in asked]), np.array([frame.t for frame in asked])
    for found in inside.turns(skips.harm(model, x_t, t, mode, settings["label"], settings["guidance"])):
        yield found
    _remember(_harm, (generate.complete(recipe).key, mode), found)


def measured(recipe: Recipe, mode: str) -> Any | None:
    """What `measure` found at its end, if it was asked before."""
    return _harm.get((generate.complete(recipe).key, mode))


def levels(frames: int) -> list[int]:
    """Which of so many frames are measured."""
    return np.unique(np.linspace(0, frames - 1, min(LEVELS, frames)).round().astype(int)).tolist()


def sides(recipe: Recipe) -> list[int]:
    """The levels that have skips by their side in pixels, the finest first."""
    return sorted({block.side for block in joints(recipe)}, reverse=True)


def joints(recipe: Recipe) -> list[Any]:
    """The blocks that a skip enters."""
    return [block for block in features.blocks(recipe.checkpoint) if block.skip]


def _faders(recipe: Recipe, mix: Mix) -> Any:
    from engines.introspect.skips import Faders

    factors = {block.name: mix.levels.get(block.side, 1.0) for block in joints(recipe)}
    cut = features.full(mix.cut)
    if mix.cut and mix.mode == "zero":
        factors[cut] = 0.0
    return Faders(mix.backbone, factors, frozenset({cut}) if mix.cut and mix.mode == "shuffle" else frozenset())


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
