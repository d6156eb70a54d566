"""GAN: steer a generator that draws a cat in one pass."""

from functools import partial
from types import ModuleType

import streamlit as st

from studio import state, widgets
from studio.panels import (
    gan_ada,
    gan_controls,
    gan_directions,
    gan_layers,
    gan_mixing,
    gan_noise,
    gan_opinion,
    gan_pad,
    gan_projection,
    gan_truncation,
)
from studio.panels.gan_controls import Look
from studio.panels.tabs import hints, tabs

PANELS = {
    "Seeds": gan_pad,
    "Truncation": gan_truncation,
    "Mixing": gan_mixing,
    "Noise": gan_noise,
    "Layers": gan_layers,
    "Directions": gan_directions,
    "Opinion": gan_opinion,
    "ADA": gan_ada,
    "Projection": gan_projection,
}


def show(panel: ModuleType, look: Look) -> None:
    panel.show(look)
    hints(panel.HINTS)


st.html(widgets.STYLE)
st.title("GAN")
st.caption("One pass from a latent to a cat: where to drag, what to mix, and how far to trust it.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    address = state.asked()
    look = gan_controls.controls()
    state.explain(address, look.recipe)
    state.notices()
    with right:
        tabs({name: partial(show, panel, look) for name, panel in PANELS.items()})
