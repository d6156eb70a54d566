"""The pad as a Streamlit component: a grid of pictures under one finger, and the exact picture where it rests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from studio.scrubber.news import fresh
from studio.scrubber.script import script
from studio.scrubber.sheets import COLUMNS, sheets

GROWTH = 1.5  # an update carries all pictures so far, so it waits until there are this many times those of the last

_HERE = Path(__file__).parent
_HTML, _CSS, _FEED_JS = ((_HERE / name).read_text("utf-8") for name in ("pad.html", "pad.css", "pad_feed.js"))
_JS = script("sheets.js", "pad.js")


@dataclass(frozen=True)
class Grid:
    """What the pad's grid is of: `rows` × `columns` pictures, each with its line in `labels`, row by row.

    `x` and `y` are what the first and the last column, and row, stand for. `marks` are columns, rows and a text each.
    Every `coarse`-th column and row comes before the others. `identity` names the pictures: another name, other ones.
    """

    identity: str
    rows: int
    columns: int
    x: tuple[float, float]
    y: tuple[float, float]
    labels: Sequence[str]
    marks: Sequence[tuple[int, int, str]] = ()
    coarse: int = 1


@dataclass
class PadState:
    """A pad on the page: `update` brings more pictures, `rest` says where the hand is and shows that very picture."""

    _key: str = field(repr=False)
    _grid: Grid = field(repr=False)
    _frames: DeltaGenerator = field(repr=False)
    _hand: DeltaGenerator = field(repr=False)
    _shown: int = field(repr=False)

    def update(self, pictures: np.ndarray, at: Sequence[int]) -> None:
        """Show more pictures, `pad`'s and new ones, within the run; some updates are left out, never the last."""
        if len(at) < min(self._shown * GROWTH, self._grid.rows * self._grid.columns):
            return
        self._shown = len(at)
        self._say(self._frames, {"part": "frames", **_frames(self._grid, pictures, at)})

    def rest(self, x: float, y: float, picture: np.ndarray | None = None, label: str = "") -> None:
        """Put the hand at `x`, `y`, unless it has moved on; `picture`, uint8 `(H, W, 3)`, is that of exactly there."""
        exact = None
        at = [round(x, 2), round(y, 2)]
        if picture is not None:
            exact = {"identity": self._grid.identity, "at": at, "label": label, **_packed(picture[None])}
        self._say(self._hand, {"part": "hand", "at": at, "exact": exact})

    def _say(self, place: DeltaGenerator, data: dict[str, Any]) -> None:
        with place:
            _feed()(data={"key": self._key, **fresh(), **data})


def pad(
    pictures: np.ndarray,
    at: Sequence[int],
    grid: Grid,
    *,
    key: str,
    name: str,
    on_move: Callable[[float, float], None],
    scale: int = 6,
) -> PadState:
    """Show the `pictures`, uint8 `(N, H, W, 3)`, that are there yet; `at` are their places in the grid, row by row.

    Dragging never asks the server: it shows the nearest picture that is there. When the hand rests `on_move` hears
    where, in the units of the axes to two decimals, and the page runs again. Arrow keys go from picture to picture,
    with Shift a quarter of the way, Home to the middle. `scale` is the largest magnification.
    Raises ValueError when pictures, places and labels do not fit the grid.
    """
    _check(pictures, at, grid)
    with st.container(gap=None):
        _component()(
            key=key,
            data={"key": key, "name": name, "scale": scale, **_frames(grid, pictures, at)},
            default={"at": None},
            on_at_change=lambda: on_move(*map(float, st.session_state[key]["at"])),
        )
        return PadState(key, grid, st.empty(), st.empty(), len(at))


def _check(pictures: np.ndarray, at: Sequence[int], grid: Grid) -> None:
    cells = grid.rows * grid.columns
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3 or not len(pictures):
        raise ValueError(f"Pictures are {pictures.dtype} {pictures.shape}; allowed: uint8 (N, H, W, 3) with N ≥ 1.")
    if min(grid.rows, grid.columns) < 2 or len(grid.labels) != cells:
        raise ValueError(
            f"{len(grid.labels)} labels for {grid.rows} × {grid.columns}; give one each, two a side or more."
        )
    if len(at) != len(pictures) or len(set(at)) != len(at) or not all(0 <= cell < cells for cell in at):
        raise ValueError(f"{len(pictures)} pictures at {len(set(at))} places of {cells}; each needs one of its own.")


def _frames(grid: Grid, pictures: np.ndarray, at: Sequence[int]) -> dict[str, Any]:
    """Describe the part of a pad that grows."""
    return {**vars(grid), "labels": list(grid.labels), "order": [int(cell) for cell in at], **_packed(pictures)}


def _packed(pictures: np.ndarray) -> dict[str, Any]:
    height, width = pictures.shape[1:3]
    return {"width": width, "height": height, "perRow": COLUMNS, "sheets": sheets(pictures)}


@cache
def _component() -> Any:
    return st.components.v2.component("whisker_pad", html=_HTML, css=_CSS, js=_JS)


@cache
def _feed() -> Any:
    return st.components.v2.component("whisker_pad_feed", js=_FEED_JS)
