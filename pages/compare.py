"""Compare: diffusion and GANs by what they cost, how they were trained and what they draw."""

from functools import partial

import streamlit as st

from studio import state, widgets
from studio.panels import compare_reasons, compare_sides
from studio.panels.tabs import hints, tabs
from studio.services import compare, library


def controls() -> tuple[tuple[str, ...], int, int, int]:
    there = [entry.name for entry in library.gallery()]
    if not there:
        st.info("There is no checkpoint yet. Train one: `python -m engines train ddpm-smoke --out run`.")
        st.stop()
    names = st.multiselect(
        "Checkpoints",
        there,
        compare.first_of_each_family(),
        key="compared",
        bind="query-params",
        wrap=True,
        help="One of each family at first.",
    )
    seed = widgets.seed()
    number = st.slider("Pictures", 1, 8, 4, key="number", bind="query-params", help="Drawn together, from each.")
    steps = st.slider("Steps of a chain", 5, 100, 20, 5, key="chain", bind="query-params", help="A GAN takes one pass.")
    widgets.die("Other seeds")
    return tuple(names), seed, number, steps


def sides(names: tuple[str, ...], seed: int, number: int, steps: int) -> None:
    if names:
        compare_sides.show(names, seed, number, steps)
    else:
        st.info("Pick a checkpoint or two.", icon=":material/compare:")
    hints(compare_sides.HINTS)


def reasons(seed: int) -> None:
    compare_reasons.show(seed)
    hints(compare_reasons.HINTS)


st.html(widgets.STYLE)
st.title("Compare")
st.caption("The same seeds through different kinds of model: process, speed, stability and quality, measured here.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    names, seed, number, steps = controls()
    state.notices()
    with right:
        tabs(
            {
                "Side by side": partial(sides, names, seed, number, steps),
                "What StyleGAN2 changed": partial(reasons, seed),
            }
        )
