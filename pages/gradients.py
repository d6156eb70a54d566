"""Gradients: how strongly each layer is told to change."""

from functools import partial

import streamlit as st

from studio import state, widgets
from studio.panels import gradients_breaks, gradients_levels, gradients_runs, gradients_step
from studio.panels.gradients_step import Asked
from studio.panels.tabs import hints, tabs
from studio.recipe import Recipe
from studio.services import library

HINTS = {
    "One step": (
        "**You see** one training step of a finished model, layer by layer from its input to its output.",
        "**Try** another seed, more pictures, min-SNR off; or pictures of your own instead of drawn ones.",
        "**Why** a layer whose gradients are a million times smaller than others' learns through its optimiser only.",
    ),
    "By noise level": (
        "**You see** the norm of each layer's gradient when all pictures have the same noise level t.",
        "**Try** min-SNR off: the almost pure noise on the right takes over.",
        "**Why** an easy level should not shout: min-SNR weighs each one by how much picture is left in it.",
    ),
    "Over a run": (
        "**You see** what a run logged of its gradients, every few steps, and what that logging cost.",
        "**Try** a run of your own: `python -m engines train ddpm-smoke --out .whisker/runs/mine`.",
        "**Why** a loss can fall while half of the layers stand still; their updates tell.",
    ),
    "Break it": (
        "**You see** two small networks that differ in one setting, trained side by side from the same numbers.",
        "**Try** each of the four mistakes, and watch which layers fall silent first.",
        "**Why** a symptom one has seen once is recognised in one's own runs.",
    ),
}
PANELS = dict(zip(HINTS, (gradients_step, gradients_levels, gradients_runs, gradients_breaks), strict=True))


def show(name: str, asked: Asked) -> None:
    PANELS[name].show(asked)
    hints(HINTS[name])


def controls() -> Asked:
    entry = widgets.checkpoint(can="gradients")
    seed = widgets.seed()
    source = st.text_input(
        "Pictures", "drawn", key="source", bind="query-params", help="`drawn`, or a folder or zip on this machine."
    )
    batch = st.slider("Batch", 2, 32, 8, 2, key="batch", bind="query-params", help="Pictures in the step.")
    min_snr = st.toggle(
        "min-SNR weights",
        True,
        key="min_snr",
        bind="query-params",
        help="Weigh each level by its share of picture.",
    )
    widgets.die("Another step")
    st.caption("Weights stay as they are: only gradients are computed.")
    recipe = Recipe(entry.name, seed, weights=library.digest(entry.name))
    return Asked(entry.name, source.strip() or "drawn", seed, batch, min_snr, recipe)


st.html(widgets.STYLE)
st.title("Gradients")
st.caption("How strongly each layer is told to change: in one training step, by noise level, and over a run.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    asked = controls()
    state.notices()
    with right:
        tabs({name: partial(show, name, asked) for name in PANELS})
