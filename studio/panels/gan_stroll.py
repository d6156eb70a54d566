"""A walk over the seed pad: along a circle, across the plane, or from its middle to where the hand rests."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from studio import widgets
from studio.panels import animate
from studio.scrubber import Pane, ScrubberState, scrubber
from studio.services import gan
from studio.services.gan import REACH, Look
from studio.services.timing import Timing

FRAMES = 48
NO = "none"


def _circle(x: float, y: float) -> np.ndarray:
    radius = np.hypot(x, y) or 1.0
    turn = np.arctan2(y, x) + np.linspace(0, 2 * np.pi, FRAMES, endpoint=False)
    return np.clip(np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1), -REACH, REACH)


def _straight(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.linspace((x0, y0), (x1, y1), FRAMES)


# From where the hand rests, places `(F, 2)` of the pad.
ROUTES: dict[str, Callable[[float, float], np.ndarray]] = {
    "a circle": _circle,
    "to the hand": lambda x, y: _straight(0, 0, x, y) if (x, y) != (0, 0) else _straight(0, 0, 1, 0),
    "left to right": lambda x, y: _straight(-REACH, y, REACH, y),
    "top to bottom": lambda x, y: _straight(x, -REACH, x, REACH),
}


def show(look: Look, x: float, y: float, said: Callable[[float, float], str]) -> None:
    """Pick a way over the plane and see it as a film; `said` names a place. A circle runs through the hand's place."""
    route = st.segmented_control(
        "A walk over the plane",
        [NO, *ROUTES],
        default=NO,
        required=True,
        wrap=True,
        key="stroll",
        bind="query-params",
        help="Exact pictures along a path, to look at and to animate.",
    )
    if route == NO:
        return
    places = ROUTES[route](x, y)
    labels = [said(float(px), float(py)) for px, py in places.round(2)]
    key, name = f"stroll-{route}-{x}-{y}-{look.name}", "Over the plane"
    bar, stage = st.container(key="busy-stroll").empty(), st.container()
    found = gan.known_stroll(look, places)
    if found is None:
        with bar.container():
            if widgets.stopped(key):
                return
            shown: ScrubberState | None = None
            for found in widgets.watch(gan.stroll(look, places), gan.parts(FRAMES), "Walking", key):
                if shown is None:
                    with stage:
                        shown = _scrubber(look, found, labels, key)
                else:
                    shown.update([Pane(name, found)], labels=labels[: len(found)])
        bar.empty()
    else:
        with stage:
            _scrubber(look, found, labels, key)
    timing = Timing(order="loop" if route == "a circle" else "ping-pong", hold=0.0)
    animate.offer(name, look.recipe, [Pane(name, found)], labels, timing=timing)


def _scrubber(look: Look, found: np.ndarray, labels: list[str], key: str) -> ScrubberState:
    return scrubber(
        [Pane("Over the plane", found)],
        key="stroll-film",
        labels=labels[: len(found)],
        total=FRAMES,
        start=0,
        name="Place",
        caption=look.line(),
        chain=key,
    )
