"""Attention of cached chains, as plain arrays: read once, by replaying the chain's states, and remembered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import inside
from studio.services.chains import Chain
from studio.services.looks import Looks


@dataclass(frozen=True)
class Look:
    """What a chain attends to at `frames`, `(S,)`, the indices of those of its frames that the network was asked at.

    `attention` and `measures`, one per layer, are the engine's; `received[k]` is float32 `(S, heads, keys)`. With
    `REMEMBERED` of them in memory nothing is read twice.
    """

    chain: Chain
    frames: np.ndarray
    attention: Any
    measures: tuple[Any, ...]
    received: tuple[np.ndarray, ...]

    @property
    def size(self) -> int:
        """Pixels at a side of the picture."""
        return self.chain.x_t.shape[1]


@dataclass(frozen=True)
class View:
    """How attention is looked at: `layer` by index, `head` from 0 or None for the mean of all, `pixel` row and column.

    With `shared` all heads and steps of a layer have one colour scale.
    """

    layer: int
    head: int | None
    pixel: tuple[int, int]
    opacity: float
    shared: bool


def layers(checkpoint: str) -> list[Any]:
    """The attention layers of a checkpoint, in the order of the data."""
    from engines import checkpoints
    from engines.introspect import attention

    return list(attention.layers(checkpoints.load(checkpoint).net))


def _batch() -> int:
    from engines.introspect.attention import BATCH

    return BATCH


LOOKS: Looks[Look] = Looks(51, _batch)  # 51 frames at 64 px are 90 MB


def look(recipe: Recipe, chain: Chain) -> Iterator[Look | None]:
    """Read the attention of a finished chain: None after each part but the last, which brings all of it."""
    from engines import checkpoints
    from engines.introspect import attention, heads

    at, size = LOOKS.frames(recipe, chain), chain.x_t.shape[1]

    def whole(seen: list[Any]) -> Look:
        joined = attention.join(seen)
        pairs = list(zip(joined.layers, joined.weights, strict=True))
        measures = tuple(heads.measure(weights, size, layer.cross) for layer, weights in pairs)
        return Look(chain, at, joined, measures, tuple(heads.received(weights) for _, weights in pairs))

    def states() -> Iterator[Any]:
        model = checkpoints.load(recipe.checkpoint).net
        return attention.attention(model, chain.x_t[at], chain.t[at], inside.label(recipe))

    yield from LOOKS.read(recipe, states, whole)


def looked(look: Look, layer: int, pixel: tuple[int, int]) -> np.ndarray:
    """Where each head looks from a pixel, `(S, heads, side, side)`, as multiples of looking evenly everywhere."""
    from engines.introspect import heads

    kind = look.attention.layers[layer]
    row = look.attention.weights[layer][:, :, heads.token(pixel, look.size, kind.side)]
    return _grid(row.astype(np.float32) * kind.keys, kind.side)


def received(look: Look, layer: int) -> np.ndarray:
    """How much each pixel is looked at by all, `(S, heads, side, side)`, as multiples of the mean."""
    kind = look.attention.layers[layer]
    return _grid(look.received[layer] * kind.keys, kind.side)


def head(maps: np.ndarray, number: int | None) -> np.ndarray:
    """One head of maps `(S, heads, …)`, counted from 0, or their mean: `(S, …)`."""
    return maps.mean(1) if number is None else maps[:, number]


def thirds(maps: np.ndarray) -> np.ndarray:
    """The means of maps `(S, …)` over the first, the middle and the last third of a chain: `(3, …)`."""
    from engines.introspect import heads

    return heads.thirds(maps)


def token_maps(look: Look, span: slice) -> np.ndarray:
    """The share of each class token in every pixel's attention: `(M, H, W)`; ValueError for a model without tokens."""
    from engines.introspect import heads

    return heads.token_maps(look.attention, span, look.size)


def groups(look: Look, span: slice, k: int) -> np.ndarray:
    """`k` groups of pixels that look alike, the largest first: `(side, side)` integers."""
    from engines.introspect import heads

    return heads.clusters(look.attention, span, k)


def span(look: Look, part: str) -> slice:
    """The frames of `early`, `middle`, `late` or of the whole chain."""
    edges = [0, *np.cumsum([len(each) for each in np.array_split(np.arange(len(look.frames)), 3)])]
    names = ("early", "middle", "late")
    i = names.index(part) if part in names and len(look.frames) >= 3 else None
    return slice(None) if i is None else slice(int(edges[i]), int(edges[i + 1]))


def ends(look: Look, part: str) -> int:
    """The chain's frame at the end of `early`, `middle` or `late`."""
    return int(look.frames[span(look, part)][-1])


def table(look: Look, frame: int | None, harm: Mapping[tuple[str, int], tuple[float, float]]) -> dict[str, list[Any]]:
    """Columns, a row per layer and head: the measures at a frame or their means over the chain, and `harm` if known."""
    columns: dict[str, list[Any]] = {}
    for layer, found in zip(look.attention.layers, look.measures, strict=True):
        for number in range(layer.heads):
            row = {"layer": layer.title, "head": number + 1}
            for name, values in vars(found).items():
                row[name] = float(values[:, number].mean() if frame is None else values[frame, number])
            damage, distance = harm.get((layer.name, number), (np.nan, np.nan))
            for name, value in {**row, "damage": damage, "distance": distance}.items():
                columns.setdefault(name, []).append(value)
    return columns


def _grid(flat: np.ndarray, side: int) -> np.ndarray:
    return flat.reshape(*flat.shape[:-1], side, side)
