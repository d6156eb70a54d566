"""The scrubber as a Streamlit component: Python sends frames once, the browser plays them."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from studio.scrubber.news import fresh
from studio.scrubber.panes import Pane, Plot, check, identity, payload
from studio.scrubber.script import script
from studio.scrubber.sheets import COLUMNS

REST = 0.2  # seconds between two updates within a run; more would only fill the line

_HERE = Path(__file__).parent
_HTML, _CSS = ((_HERE / name).read_text("utf-8") for name in ("scrubber.html", "scrubber.css"))
_JS = script("sheets.js", "paths.js", "stage.js", "rail.js", "pick.js", "cursor.js", "scrubber.js")
_JSON = json.JSONEncoder(separators=(",", ":"))  # as the browser writes it
_FEED_JS = (_HERE / "feed.js").read_text("utf-8")


@dataclass
class ScrubberState:
    """`frame` is the frame, 0-based, at which the hand last came to rest; without `report`, the frame shown first.

    `pixel` is the picked pixel, row and column in the first pane; None where nothing is picked, or can be.
    """

    frame: int
    pixel: tuple[int, int] | None
    _slot: DeltaGenerator = field(repr=False)
    _settings: dict[str, Any] = field(repr=False)
    _updated: float = field(default=0.0, repr=False)

    def update(self, panes: Sequence[Pane], *, labels: Sequence[str], plots: Sequence[Plot] = ()) -> None:
        """Show more frames of the same chain within the same run of the page, as they arrive.

        Panes, labels and plots are the whole chain so far. Updates in quick succession are left out, but never the one
        that completes `total`. The next run of the page gives the frames to `scrubber` itself.
        """
        frames = check(panes, labels, plots, self._settings["total"], self._settings["strip"])
        now = time.monotonic()
        if frames < self._settings["total"] and now - self._updated < REST:
            return
        self._updated = now
        with self._slot:
            data = self._settings | _frames(panes, labels, plots, self._settings["chain"])
            _feed()(data=data | fresh())


def scrubber(
    panes: Sequence[Pane],
    *,
    key: str,
    labels: Sequence[str],
    total: int | None = None,
    scale: int = 4,
    start: int | None = None,
    ticks: Sequence[float] | None = None,
    strip: int | None = 0,
    plots: Sequence[Plot] = (),
    fps: float = 12,
    name: str = "Step",
    caption: str = "",
    report: bool = False,
    chain: str = "",
    pick: bool = False,
    pixel: tuple[int, int] | None = None,
    cell: int = 1,
    on_pick: Callable[[int, int], None] | None = None,
    rows: bool = False,
) -> ScrubberState:
    """Show linked panes under one slider that never asks the server, and a cursor in every plot of `plots`.

    `labels` has one line per frame. `total` is the number of frames expected when more are to come: the track keeps
    room for them. `scale` is the largest magnification. `start` is the frame shown first; None means the last, also
    while frames arrive, until someone moves. `ticks` are positions on the track in frames (default: each frame).
    `strip` is the pane in the film strip, None for no strip. `name` says what the slider moves; `caption` stands under
    an enlarged picture. With `report` the page runs again, once, when the hand rests and no frame is outstanding.
    `chain` names what the frames are of: under one name the place is kept though pictures change; without a name the
    panes' first frames tell. With `pick` a click on any pane, or the arrow keys on it, pick a pixel, which is marked in
    all panes (in cells of `cell` pixels) and told to Python; `pixel`, if it is new, moves the mark from here. `on_pick`
    hears row and column before the page runs again, for a page that keeps them itself and gives them. Enlarging is then
    shift-click, Enter or the button above a picture.
    With `rows` each pane has a row of its own, with all of its frames beside it.
    Raises ValueError when panes, labels and plots do not have the same frames.
    """
    expected = total or len(panes[0].frames if panes else ())
    frames = check(panes, labels, plots, expected, strip)
    if start is not None and not 0 <= start < expected:
        raise ValueError(f"start is {start}; allowed: 0 to {expected - 1}, or None for the last frame.")
    if scale < 1 or fps <= 0:
        raise ValueError(f"scale is {scale} and fps {fps}; allowed: a whole scale of at least 1 and fps above 0.")
    if cell < 1:
        raise ValueError(f"cell is {cell}; allowed: 1 pixel or more.")
    size = panes[0].frames.shape[1:3]
    given = None if pixel is None else _within(pixel, size)
    settings = {
        "key": key,
        "total": expected,
        "columns": COLUMNS,
        "scale": scale,
        "start": start,
        "ticks": [float(tick) for tick in (range(expected) if ticks is None else ticks)],
        "strip": strip,
        "fps": fps,
        "name": name,
        "caption": caption,
        "report": report,
        "chain": chain,
        "pick": {"pixel": given, "cell": cell} if pick else None,
        "rows": rows,
    }
    with st.container(gap=None):
        data = settings | _frames(panes, labels, plots, chain)
        result = _component()(
            key=key,
            data=data,
            default={"frame": None, "pixel": None},
            on_frame_change=_nothing,
            on_pixel_change=_hearing(key, on_pick) if on_pick else _nothing,
        )
        slot = st.empty()
    first = frames - 1 if start is None else start
    picked = _picked(None if on_pick else result.get("pixel"), given, size) if pick else None
    return ScrubberState(_rest(result.frame, data["identity"], first, frames), picked, slot, settings)


def _frames(panes: Sequence[Pane], labels: Sequence[str], plots: Sequence[Plot], chain: str) -> dict[str, Any]:
    """Describe the part of a scrubber that grows."""
    return {
        "identity": chain or identity(panes),
        "panes": [payload(pane) for pane in panes],
        "labels": list(labels),
        "plots": [{"key": plot.key, "x": [float(x) for x in plot.x]} for plot in plots],
    }


def _rest(reported: Any, chain: str, start: int, frames: int) -> int:
    """Trust a reported `[frame, identity]` only if it was said about this chain and not about the one before."""
    frame = reported[0] if reported and reported[1] == chain else start
    return min(max(int(frame), 0), frames - 1)


def _picked(reported: Any, given: list[int] | None, size: tuple[int, int]) -> tuple[int, int] | None:
    """Trust a reported `[row, column, given]` only if Python has given nothing new since."""
    if reported and reported[2] == _JSON.encode(given):
        return tuple(_within(reported[:2], size))
    return None if given is None else (given[0], given[1])


def _within(pixel: Sequence[int], size: tuple[int, int]) -> list[int]:
    return [min(max(int(at), 0), most - 1) for at, most in zip(pixel, size, strict=True)]


def _hearing(key: str, on_pick: Callable[[int, int], None]) -> Callable[[], None]:
    def hear() -> None:
        row, column, _ = st.session_state[key]["pixel"]
        on_pick(int(row), int(column))

    return hear


def _nothing() -> None:
    """A state of a component exists only together with a callback."""


@cache
def _component() -> Any:
    return st.components.v2.component("whisker_scrubber", html=_HTML, css=_CSS, js=_JS)


@cache
def _feed() -> Any:
    """An element without a body that hands data on: a keyed widget is drawn once in a run, this any number of times."""
    return st.components.v2.component("whisker_scrubber_feed", js=_FEED_JS)
