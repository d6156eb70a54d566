"""The seed pad: a plane of cats between twenty-five seeds, under one finger."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.digits import short
from studio.figures.parts import Picture, Rows
from studio.panels import gan_stroll
from studio.scrubber.pad import Grid, PadState, pad
from studio.services import gan
from studio.services.gan import REACH, SIDE, STEPS, Look, Pad

NAME = "Between the seeds"
HINTS = (
    "**You see** cats between twenty-five seeds; a number marks where a seed's own cat stands.",
    "**Try** dragging across the plane, arrow keys, or ψ at 0.5; then go on from a seed at the edge.",
    "**Why** neighbours look alike because the generator is smooth: a small step in its latent is a small change.",
)


def show(look: Look) -> None:
    """The pad while it grows and once it is whole, and the exact picture where the hand rests."""
    bar = st.container(key="busy", vertical_alignment="center").empty()
    stage, below = st.container(), st.container()
    with below:
        x, y = place(look)
    found, drawn = plane(look, bar, stage)
    exact = gan.at(look, x, y)
    drawn.rest(x, y, exact, f"{said(look, x, y)} · exact")
    with below:
        gan_stroll.show(look, x, y, lambda x, y: said(look, x, y))
        _export(look, found, exact, x, y)


def plane(look: Look, bar: st.container, stage: st.container) -> tuple[Pad, PadState]:
    """All pictures of the pad, shown as they come; ends the page where there is none."""
    found, drawn, key = gan.known_pad(look), None, f"pad-{look.name}"
    with bar.container():
        if (found is None or not found.done) and not widgets.stopped(key):
            for grown in widgets.watch(gan.pad(look), _left(found), "Drawing the plane", key):
                found, drawn = grown, _draw(look, grown, drawn, stage)
    if found is None:
        st.stop()
    if found.done:
        bar.caption(look.line())
    return found, drawn or _draw(look, found, None, stage)


def place(look: Look) -> tuple[float, float]:
    """Where the hand rests, in seeds from the middle; as numbers too for those who do not drag."""
    columns = st.columns([1, 1, 2], vertical_alignment="bottom")
    found = [
        column.number_input(
            text, float(-REACH), float(REACH), 0.0, 0.25, key=name, bind="query-params", help="Or drag on the plane."
        )
        for column, name, text in zip(columns, "xy", ("x, across", "y, down"), strict=False)
    ]
    x, y = found
    nearest = next(iter(gan.corners(look.recipe.seed, x, y)))
    columns[2].button(
        f"Go on from seed {nearest}",
        icon=":material/center_focus_strong:",
        on_click=_recentre,
        args=(nearest, x - round(x), y - round(y)),
        disabled=nearest == look.recipe.seed,
        help="The nearest seed becomes the middle of the plane.",
    )
    return x, y


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
