"""Single channels of a block: the real pictures that excite them, a chain with one changed, the makers of a region."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import features, generate, inside
from studio.services.chains import Chain

DRAWN = "drawn"
PICTURES = (16, 512)  # how many can be asked about
REMEMBERED = 4
_excited: OrderedDict[tuple[Any, ...], "Excited"] = OrderedDict()
_gained: OrderedDict[tuple[Any, ...], np.ndarray] = OrderedDict()
_ranked: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Excited:
    """How strongly real pictures, uint8 `(N, H, W, 3)`, noised to step `t`, excite all channels of all blocks.

    `responses` are the engine's.
    """

    pictures: np.ndarray
    t: int
    responses: Any

    def strongest(self, block: str, channel: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The pictures that excite a channel most: which, `(n,)`, how much, `(n,)`, and where, `(n,)`, row by row."""
        k = self.responses.names.index(features.full(block))
        peak, place = self.responses.peak[k][:, channel], self.responses.place[k][:, channel]
        best = np.argsort(-peak.astype(np.float32), kind="stable")[:count]
        return best, peak[best].astype(np.float32), place[best]


def excite(recipe: Recipe, source: str, t: int, number: int) -> Iterator[Excited | None]:
    """Show `number` pictures of `source` to the network at step t: None after each part but the last, which brings all.

    Raises ValueError for a source that cannot be read.
    """
    from engines import checkpoints
    from engines.data import sources
    from engines.introspect import channels

    if (ready := excited(recipe, source, t, number)) is not None:
        yield ready
        return
    if not PICTURES[0] <= number <= PICTURES[1]:
        raise ValueError(f"{number} pictures; allowed: {PICTURES[0]} to {PICTURES[1]}.")
    model, seen = checkpoints.load(recipe.checkpoint).net, []
    given = sources.load(source, model.shape[1], limit=number).images
    for part in inside.turns(channels.responses(model, given, t, inside.label(recipe))):
        seen.append(part)
        yield None
    ready = Excited(given, t, channels.join(seen))
    _remember(_excited, _excite_key(recipe, source, t, number), ready)
    yield ready


def excited(recipe: Recipe, source: str, t: int, number: int) -> Excited | None:
    """What `excite` found, if it was asked before."""
    return _excited.get(_excite_key(recipe, source, t, number))


def gain(recipe: Recipe, block: str, channel: int, factor: float) -> Iterator[np.ndarray]:
    """The picture of `recipe` with a channel multiplied by `factor`: the predicted x0, `(H, W, C)`, step by step."""
    from engines import checkpoints
    from engines.introspect import channels

    if (ready := regained(recipe, block, channel, factor)) is not None:
        yield ready
        return
    model, settings = checkpoints.load(recipe.checkpoint).net, inside.settings(recipe)
    chain = channels.gained(model, features.full(block), {channel: factor}, seed=recipe.seed, **settings)
    for frame in inside.turns(chain):
        if frame.t < 0:
            _remember(_gained, _gain_key(recipe, block, channel, factor), frame.x0[0])
        yield frame.x0[0]


def regained(recipe: Recipe, block: str, channel: int, factor: float) -> np.ndarray | None:
    """The finished picture of `gain`, if it was made before."""
    return _gained.get(_gain_key(recipe, block, channel, factor))


def rank(recipe: Recipe, chain: Chain, frame: int, block: str, box: Box) -> Iterator[Any]:
    """The engine's `Effects` of silencing each channel of a block at one frame, inside a box, as they grow."""
    from engines import checkpoints
    from engines.introspect import channels

    if (ready := ranked(recipe, frame, block, box)) is not None:
        yield ready
        return
    model, label = checkpoints.load(recipe.checkpoint).net, inside.label(recipe)
    guidance = recipe.guidance if recipe.label else 1.0
    state, t = chain.x_t[frame], int(chain.t[frame])
    found = None
    for found in inside.turns(channels.effects(model, state, t, features.full(block), box, label, guidance)):
        yield found
    _remember(_ranked, _rank_key(recipe, frame, block, box), found)


def ranked(recipe: Recipe, frame: int, block: str, box: Box) -> Any | None:
    """What `rank` found at its end, if it was asked before."""
    return _ranked.get(_rank_key(recipe, frame, block, box))


def batches(channels: int) -> int:
    """How many results `rank` or `excite` yields for so many channels or pictures."""
    from engines.introspect.channels import BATCH

    return -(-channels // BATCH)


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


def _excite_key(recipe: Recipe, source: str, t: int, number: int) -> tuple[Any, ...]:
    return generate.complete(recipe).weights, recipe.label, source, t, number


def _gain_key(recipe: Recipe, block: str, channel: int, factor: float) -> tuple[Any, ...]:
    return generate.complete(recipe).key, block, channel, factor


def _rank_key(recipe: Recipe, frame: int, block: str, box: Box) -> tuple[Any, ...]:
    return generate.complete(recipe).key, frame, block, box
