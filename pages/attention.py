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
from studio.recipe import Recipe
from studio.services.attend import Look, View

HINTS = (
    "**You see** the pixel you clicked and what it attends to at this step; the strip shows every step.",
    "**Try** an eye, then the background; another head; arrow keys on a picture move the pixel.",
    "**Why** convolutions see what is near; by attention one eye can learn of the other, a whole face away.",
)
TABS = ("All heads", "Numbers", "Early to late", "Class tokens", "Groups", "Switch heads")


def below(recipe: Recipe, look: Look, view: View, frame: int) -> None:
    """The tab that is open, and only that."""
    heads, numbers, time, tokens, groups, switch = st.tabs(TABS, key="tab", bind="query-params")
    if heads.open:
        with heads:
            attention_heads.thumbnails(recipe, look, view, frame)
    if numbers.open:
        with numbers:
            attention_heads.numbers(recipe, look, frame)
    if time.open:
        with time:
            attention_time.thirds(recipe, look, view)
    if tokens.open:
        with tokens, widgets.errors():
            attention_time.tokens(recipe, look, view)
    if groups.open:
        with groups, widgets.errors():
            attention_groups.groups(recipe, look)
    if switch.open:
        with switch, widgets.errors():
            attention_switch.switch(recipe, look)


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
        st.caption("  \n".join(HINTS))
        with st.container(horizontal=True):
            attention_stage.film(recipe, look, view)
            attention_stage.export(recipe, look, view, shown.frame)
        below(recipe, look, view, shown.frame)
