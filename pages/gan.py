"""GAN: steer a generator that draws a cat in one pass."""

import streamlit as st

from studio import state, widgets
from studio.panels import gan_controls, gan_pad

PANELS = {"Seeds": gan_pad.show}
HINTS = {
    "Seeds": (
        "**You see** cats between twenty-five seeds; a number marks where a seed's own cat stands.",
        "**Try** dragging across the plane, arrow keys, or ψ at 0.5; then go on from a seed at the edge.",
        "**Why** neighbours look alike because the generator is smooth: a small step in w is a small change.",
    ),
}

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
        tabs = dict(zip(PANELS, st.tabs(list(PANELS), key="tab", on_change="rerun", bind="query-params"), strict=True))
        for name, tab in tabs.items():
            if tab.open:
                with tab, widgets.errors():
                    PANELS[name](look)
                    st.caption("  \n".join(HINTS[name]))
