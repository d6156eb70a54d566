"""Fuse: one slider between two cats, through every way there is."""

import streamlit as st

from studio import state, widgets
from studio.panels import fuse_controls, fuse_mask, fuse_pad, fuse_pairs, fuse_rows
from studio.panels.tabs import tabs

st.html(widgets.STYLE)
st.title("Fuse")
st.caption("One slider between two cats, through every way there is to get from one to the other.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    address = state.asked()
    ask = fuse_controls.controls()
    state.explain(address, ask.recipe)
    state.notices()
    with right:
        tabs(
            {
                fuse_rows.NAME: lambda: fuse_rows.show(ask),
                fuse_pad.NAME: lambda: fuse_pad.show(ask),
                fuse_mask.NAME: lambda: fuse_mask.show(ask.recipe, ask.cats[:2]),
                fuse_pairs.NAME: lambda: fuse_pairs.show(ask.recipe),
            }
        )
