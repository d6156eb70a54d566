"""Fuse: one slider between two cats, through every way there is."""

import streamlit as st

from studio import state, widgets
from studio.panels import fuse_controls, fuse_mask, fuse_pad, fuse_pairs, fuse_rows

PANELS = {
    fuse_rows.NAME: fuse_rows.show,
    fuse_pad.NAME: fuse_pad.show,
    fuse_mask.NAME: lambda ask: fuse_mask.show(ask.recipe, ask.cats[:2]),
    fuse_pairs.NAME: lambda ask: fuse_pairs.show(ask.recipe),
}

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
        tabs = dict(zip(PANELS, st.tabs(list(PANELS), key="tab", on_change="rerun", bind="query-params"), strict=True))
        for name, tab in tabs.items():
            if tab.open:
                with tab, widgets.errors():
                    PANELS[name](ask)
