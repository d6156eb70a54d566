"""λ × t: how far to the other cat, and how deep in noise, under one finger."""

from collections.abc import Iterator

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.digits import short
from studio.figures.parts import Picture, Rows
from studio.panels.tabs import hints
from studio.scrubber.pad import Grid, PadState, pad
from studio.services import fuse, fuse_pad
from studio.services.fuse import Ask, Row
from studio.services.fuse_pad import LAMS, STARTS, Plane

NAME = "λ × t"
HINTS = (
    "**You see** the same two cats: to the right more of B, downwards deeper in noise before they are mixed.",
    "**Try** the middle column from top to bottom: a double exposure, a cat of both, a cat of neither.",
    "**Why** shallow noise keeps both pictures' outlines; deep noise keeps only what both have in common.",
)


def show(ask: Ask) -> None:
    """The plane, a draft first, and the exact picture where the hand rests."""
    ways = {row.way: row for row in fuse_pad.ways(ask)}
    name = st.segmented_control(
        "Way",
        list(ways),
        default="shared" if "shared" in ways else next(iter(ways)),
        required=True,
        key="plane",
        bind="query-params",
        help="The ways that mix two noised pictures.",
    )
    row = ways[name]
    bar, stage, below = st.container(key="busy", vertical_alignment="center").empty(), st.container(), st.container()
    with below:
        lam, start = _place()
    with bar.container():
        found, drawn = _plane(ask, row, stage, lam, start)
    if found is None:
        return
    with below:
        hints(HINTS)
    bar.caption(f"{row.title} · {' → '.join(cat.line() for cat in ask.cats[:2])} · {ask.recipe.steps} steps")
    with below:
        exact = _exact(ask, row, lam, start, found, drawn)
        _export(ask, found, exact, lam, start)


def _place() -> tuple[float, float]:
    columns = st.columns([1, 1, 2], vertical_alignment="bottom")
    lam = columns[0].number_input(
        "λ", 0.0, 1.0, 0.5, 0.05, key="lam", bind="query-params", help="Or drag on the plane."
    )
    start = columns[1].number_input(
        "t, share", float(STARTS[0]), 1.0, 0.6, 0.05, key="depth", bind="query-params", help="Share of the chain run."
    )
    return lam, start


def _move(lam: float, start: float) -> None:
    st.session_state["lam"], st.session_state["depth"] = lam, start


def _plane(ask: Ask, row: Row, stage: st.container, lam: float, start: float) -> tuple[Plane | None, PadState | None]:
    """All pictures, shown as they come; what was cancelled stays as far as it came."""
    found, drawn = fuse_pad.known(ask, row), None
    if found is not None:
        drawn = _draw(ask, row, found, stage, lam, start)
    key = f"plane-{row.name}-{ask.recipe.key}-{'-'.join(map(str, ask.cats))}"
    if (found is None or not found.done) and not widgets.stopped(key):
        shown = found
        for found in widgets.watch(fuse_pad.plane(ask, row), fuse_pad.passes(ask), "Drawing the plane", key):
            if len(found.at) and found is not shown:
                if drawn is None:
                    drawn = _draw(ask, row, found, stage, lam, start)
                elif found.full or len(found.at) > len(shown.at if shown else ()):
                    drawn.update(found.pictures, found.at)
            shown = found
    return (found, drawn) if drawn is not None else (None, None)


def _draw(ask: Ask, row: Row, found: Plane, stage: st.container, lam: float, start: float) -> PadState:
    labels = [f"λ = {short(float(x))} · t = {y:.0%} of the chain" for y in STARTS for x in LAMS]
    marks = [(0, i, f"t {y:.0%}") for i, y in enumerate(STARTS)] + [(len(LAMS) - 1, 0, "B"), (4, 0, "λ ½")]
    ends = (0.0, 1.0), (float(STARTS[0]), float(STARTS[-1]))
    identity = f"plane-{row.name}-{ask.recipe.key}-{'-'.join(map(str, ask.cats))}"
    grid = Grid(identity, len(STARTS), len(LAMS), *ends, labels, marks)
    with stage:
        name = "λ to the right, noise level downwards"
        drawn = pad(found.pictures, found.at, grid, key="fuse-pad", name=name, on_move=_move, scale=5)
        drawn.rest(lam, start)
    return drawn


def _exact(ask: Ask, row: Row, lam: float, start: float, found: Plane, drawn: PadState) -> np.ndarray:
    """The picture at exactly the hand's place: from the plane where it stands on it, else drawn for itself."""
    column, line = np.flatnonzero(np.isclose(LAMS, lam)), np.flatnonzero(np.isclose(STARTS, start))
    label = f"λ = {short(lam)} · t = {start:.0%} of the chain · exact"
    if len(column) and len(line) and found.full > line[0]:
        exact = found.pictures[line[0] * len(LAMS) + column[0]]
        drawn.rest(lam, start, exact, label)
        return exact
    there, key = fuse.moved(ask, start=start), f"exact-{lam}-{start}"
    exact = fuse.kept(there, row, np.array([lam]))
    if exact is None:
        nearest = int(np.abs(STARTS - start).argmin()) * len(LAMS) + int(np.abs(LAMS - lam).argmin())
        exact = found.pictures[[min(nearest, len(found.pictures) - 1)]]
        if not found.done or widgets.stopped(key):
            return exact[0]
        steps = max(1, round(start * ask.recipe.steps))
        *_, exact = widgets.watch(_pictures(there, row, lam), steps, "Drawing this very place", key)
    drawn.rest(lam, start, exact[0], label)
    return exact[0]


def _pictures(ask: Ask, row: Row, lam: float) -> Iterator[np.ndarray]:
    for pictures, _ in fuse.several(ask, row, np.array([lam])):
        yield pictures


def _export(ask: Ask, found: Plane, exact: np.ndarray, lam: float, start: float) -> None:
    def parts() -> Rows:
        sheet = frames.sheet(found.pictures, 1, len(LAMS))
        return [[Picture(f"λ = {short(lam)}, t = {start:.0%}", exact)], [Picture("λ 0 to 1, t 20 % to 100 %", sheet)]]

    arrays = {"pictures": found.pictures, "at": found.at, "lam": LAMS, "start": STARTS, "picture": exact}
    widgets.export(NAME, ask.recipe, parts, lambda: arrays)
