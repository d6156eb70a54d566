"""Attention: click a pixel and see where it looks, through layers, heads and time."""

import streamlit as st

from studio import state, widgets
from studio.panels import (
    attention_controls,
    attention_groups,
    attention_heads,
    attention_stage,
    attention_switch,
    attention_time,
)
from studio.panels.tabs import hints, tabs
from studio.recipe import Recipe
from studio.services.attend import Look, View

HINTS = (
    "**You see** the pixel you clicked and what it attends to at this step; the strip shows every step.",
    "**Try** an eye, then the background; another head; arrow keys on a picture move the pixel.",
    "**Why** convolutions see what is near; by attention one eye can learn of the other, a whole face away.",
)


def below(recipe: Recipe, look: Look, view: View, frame: int) -> None:
    """More of the same look, a tab each."""
    tabs(
        {
            "All heads": lambda: attention_heads.thumbnails(recipe, look, view, frame),
            "Numbers": lambda: attention_heads.numbers(recipe, look, frame),
            "Early to late": lambda: attention_time.thirds(recipe, look, view),
            "Class tokens": lambda: attention_time.tokens(recipe, look, view),
            "Groups": lambda: attention_groups.groups(recipe, look),
            "Switch heads": lambda: attention_switch.switch(recipe, look),
        }
    )


st.html(widgets.STYLE)
st.title("Attention")
st.caption("Which pixels look at which while the model turns noise into a cat.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    address = state.asked()
    recipe, view = attention_controls.controls()
    state.explain(address, recipe)
    state.notices()
    with right, widgets.errors():
        look, shown = attention_stage.show(recipe, view)
        hints(HINTS)
        with st.container(horizontal=True):
            attention_stage.film(recipe, look, view)
            attention_stage.export(recipe, look, view, shown.frame)
        below(recipe, look, view, shown.frame)
