"""Feature maps of cached chains, as plain arrays: read once, by replaying the chain's states, and remembered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import generate, inside
from studio.services.chains import Chain
from studio.services.looks import Looks


@dataclass(frozen=True)
class Look:
    """What every block gives out at `frames`, `(S,)`: the indices of frames at which the network was asked.

    `blocks` and `colours`, one per block, are the engine's (`Block`, `Principal`); `values[k]` is float16
    `(S, C, h, w)`; `shares` `(S, K)` are the skips' where they enter `joints` `(K,)`.
    """

    chain: Chain
    frames: np.ndarray
    blocks: tuple[Any, ...]
    values: tuple[np.ndarray, ...]
    colours: tuple[Any, ...]
    joints: tuple[Any, ...]
    shares: np.ndarray

    @property
    def t(self) -> np.ndarray:
        """The step of each frame."""
        return self.chain.t[self.frames]

    def index(self, name: str) -> int:
        """The place of a block by its short name; LookupError names all."""
        names = [short(block.name) for block in self.blocks]
        if name not in names:
            raise LookupError(f"There is no block {name!r}; there are: {', '.join(names)}.")
        return names.index(name)


def short(name: str) -> str:
    """A block's name as addresses have it: `up.6`."""
    return name.removeprefix("net.")


def full(name: str) -> str:
    """A block's name as the engine has it."""
    return f"net.{name}"


def blocks(checkpoint: str) -> list[Any]:
    """The blocks of a checkpoint's network, in the order of the data."""
    from engines import checkpoints
    from engines.introspect import blocks as walk

    return list(walk.blocks(checkpoints.load(checkpoint).net))


def _batch() -> int:
    from engines.introspect.features import BATCH

    return BATCH


LOOKS: Looks[Look] = Looks(41, _batch)  # 41 frames of a 64 px model are 50 MB


def look(recipe: Recipe, chain: Chain) -> Iterator[Look | None]:
    """Read the feature maps of a finished chain: None after each part but the last, which brings all of them."""
    from engines import checkpoints
    from engines.introspect import blocks as walk
    from engines.introspect import features, skips

    at = LOOKS.frames(recipe, chain)

    def whole(seen: list[Any]) -> Look:
        joined = features.join(seen)
        with generate.computing:
            shares = skips.shares(checkpoints.load(recipe.checkpoint).net, joined)
        colours = tuple(features.principal(values) for values in joined.values)
        return Look(chain, at, joined.blocks, joined.values, colours, walk.joints(joined.blocks), shares)

    def states() -> Iterator[Any]:
        model = checkpoints.load(recipe.checkpoint).net
        return features.activations(model, chain.x_t[at], chain.t[at], inside.label(recipe))

    yield from LOOKS.read(recipe, states, whole)


def channel_statistics(look: Look, block: int) -> Any:
    """The engine's `Statistics` of a block, `(S, C)` each."""
    from engines.introspect import features

    return features.statistics(look.values[block])


def profile(look: Look) -> dict[str, np.ndarray]:
    """Mean, standard deviation, largest magnitude and dead share of every block, `(blocks, S)` each."""
    from engines.introspect import features

    found = [vars(features.overall(values)) for values in look.values]
    return {name: np.stack([one[name][:, 0] for one in found]) for name in found[0]}


def decibel(values: np.ndarray) -> np.ndarray:
    """Magnitudes in dB, 0 at the root mean square of all, never below −60."""
    from engines.introspect import features

    return features.decibel(values)
