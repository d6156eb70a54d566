"""The network as a drawing: which block stands in which row, which skips lead across, what each node shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.figures.parts import Bars, Part, Picture, Rows

LARGEST = 64  # px of a thumbnail; larger maps are thinned out
PER_ROW = 6  # of a printed drawing


@dataclass(frozen=True)
class Node:
    """A block: `row` counts levels from the finest, `side` is `left`, `middle` or `right`."""

    name: str
    help: str
    row: int
    side: str


@dataclass(frozen=True)
class Edge:
    """A skip from one node to another, by index; `rank` counts from the innermost of its row."""

    start: int
    end: int
    rank: int


@dataclass(frozen=True)
class Plan:
    """Nodes in the order of the data, the skips in the order in which they enter, and the name of each row."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    rows: tuple[str, ...]


def plan(blocks: Sequence[Any]) -> Plan:
    """Lay out blocks with `name`, `title`, `path`, `channels`, `side` and `skip`, in the order of the data."""
    sides = sorted({block.side for block in blocks}, reverse=True)
    places = {"down": "left", "middle": "middle", "up": "right"}
    names = [block.name for block in blocks]
    nodes = tuple(
        Node(
            block.name.removeprefix("net."),
            f"{block.title}: {block.channels} channels of {block.side}×{block.side}",
            sides.index(block.side),
            places[block.path],
        )
        for block in blocks
    )
    edges, inner = [], dict.fromkeys(sides, 0)
    for i, block in enumerate(blocks):
        if block.skip:
            edges.append(Edge(names.index(block.skip), i, inner[block.side]))
            inner[block.side] += 1
    return Plan(nodes, tuple(edges), tuple(f"{side}×{side}" for side in sides))


def thumbnails(rgb: np.ndarray) -> np.ndarray:
    """Frames of one node, uint8 `(S, h, w, 3)`, at most 64 pixels at a side."""
    step = -(-max(rgb.shape[1:3]) // LARGEST)
    return rgb[:, ::step, ::step]


def printed(blocks: Sequence[Any], thumbs: Sequence[np.ndarray], joints: Sequence[Any], shares: np.ndarray) -> Rows:
    """The drawing on paper at one frame: a picture per block, uint8 `(h, w, 3)`, by path, and the shares `(K,)`."""
    rows: list[Part | list[Part]] = []
    for path in ("down", "middle", "up"):
        some = [(block, thumb) for block, thumb in zip(blocks, thumbs, strict=True) if block.path == path]
        for i in range(0, len(some), PER_ROW):
            rows.append([Picture(block.title, thumb) for block, thumb in some[i : i + PER_ROW]])
    if len(joints):
        names = [f"{joint.skip.removeprefix('net.')} → {joint.title}" for joint in joints]
        rows.append(Bars("Share of the skip where it enters", names, 100 * shares, "%"))
    return rows
