"""The seed pad: a plane of cats between twenty-five seeds, under one finger."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.digits import short
from studio.figures.parts import Picture, Rows
from studio.scrubber.pad import Grid, PadState, pad
from studio.services import gan
from studio.services.gan import REACH, SIDE, STEPS, Look, Pad

NAME = "Between the seeds"


def show(look: Look) -> None:
    """The pad while it grows and once it is whole, and the exact picture where the hand rests."""
    x, y = place()
    found, key = gan.known_pad(look), f"pad-{look.name}"
    bar = st.container(key="busy", vertical_alignment="center").empty()
    stage, drawn = st.container(), None
    with bar.container():
        if found is None or not found.done:
            if not widgets.stopped(key):
                for grown in widgets.watch(gan.pad(look), _left(found), "Drawing the plane", key):
                    found, drawn = grown, _draw(look, grown, drawn, stage)
            elif found is None:
                st.stop()
        else:
            st.caption(look.line())
    drawn = drawn or _draw(look, found, None, stage)
    exact = gan.at(look, x, y)
    drawn.rest(x, y, exact, f"{said(look, x, y)} · exact")
    _beside(look, x, y)
    _export(look, found, exact, x, y)


def place() -> tuple[float, float]:
    """Where the hand rests, in seeds from the middle; in the address, and as numbers for those who do not drag."""
    columns = st.columns(2)
    found = []
    for column, name, way in zip(columns, "xy", ("right", "down"), strict=True):
        found.append(
            column.number_input(
                f"{name}, seeds to the {way}" if name == "x" else f"{name}, rows of seeds {way}",
                float(-REACH),
                float(REACH),
                0.0,
                0.25,
                key=name,
                bind="query-params",
                help="Or drag on the plane.",
            )
        )
    return found[0], found[1]


def move(x: float, y: float) -> None:
    """Hear where the hand came to rest."""
    st.session_state["x"], st.session_state["y"] = x, y


def said(look: Look, x: float, y: float) -> str:
    """One line for a place."""
    corners = gan.corners(look.recipe.seed, x, y)
    if len(corners) == 1:
        return f"seed {next(iter(corners))}"
    shares = " + ".join(f"{weight:.0%} of {seed}" for seed, weight in corners.items())
    return f"x {short(round(x, 2))}, y {short(round(y, 2))} · {shares}"


def _left(found: Pad | None) -> int:
    return gan.parts(SIDE**2 - (0 if found is None else len(found.at)))


def _draw(look: Look, found: Pad, drawn: PadState | None, stage: st.container) -> PadState:
    if drawn is not None:
        drawn.update(found.pictures, found.at)
        return drawn
    with stage:
        name = f"Cats between seeds, {SIDE} by {SIDE}"
        return pad(found.pictures, found.at, _grid(look), key="pad", name=name, on_move=move)


def _grid(look: Look) -> Grid:
    axis = np.linspace(-REACH, REACH, SIDE)
    seeds = [
        (column * STEPS, row * STEPS, str(next(iter(gan.corners(look.recipe.seed, column - REACH, row - REACH)))))
        for row in range(2 * REACH + 1)
        for column in range(2 * REACH + 1)
    ]
    ends = (float(-REACH), float(REACH))
    labels = [said(look, x, y) for y in axis for x in axis]
    return Grid(look.name, SIDE, SIDE, ends, ends, labels, seeds, STEPS)


def _beside(look: Look, x: float, y: float) -> None:
    """Go on from here: the heaviest seed becomes the middle of the plane."""
    nearest = next(iter(gan.corners(look.recipe.seed, x, y)))
    st.button(
        f"Go on from seed {nearest}",
        icon=":material/center_focus_strong:",
        on_click=_recentre,
        args=(nearest, x - round(x), y - round(y)),
        disabled=nearest == look.recipe.seed,
        help="The nearest seed becomes the middle of the plane.",
    )


def _recentre(seed: int, x: float, y: float) -> None:
    st.session_state["seed"] = seed
    move(round(x, 2), round(y, 2))


def _export(look: Look, found: Pad, exact: np.ndarray, x: float, y: float) -> None:
    plane = np.full((SIDE**2, *found.pictures.shape[1:]), 128, np.uint8)
    plane[found.at] = found.pictures

    def parts() -> Rows:
        nodes = plane.reshape(SIDE, SIDE, *plane.shape[1:])[::STEPS, ::STEPS].reshape(-1, *plane.shape[1:])
        sheet = frames.sheet(nodes, 1, 2 * REACH + 1)
        return [[Picture(said(look, x, y), exact), Picture(f"the seeds around {look.recipe.seed}", sheet)]]

    axis = np.linspace(-REACH, REACH, SIDE)
    arrays = {"plane": plane.reshape(SIDE, SIDE, *plane.shape[1:]), "axis": axis, "picture": exact}
    widgets.export(NAME, look.recipe, parts, lambda: {**arrays, "place": np.array([x, y])})
