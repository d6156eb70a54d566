"""Animate: any state of a model as a film, and walks through key frames."""

import streamlit as st

from studio import state, widgets
from studio.panels.animate_kinds import KINDS

st.html(widgets.STYLE)
st.title("Animate")
st.caption("Key frames in, a film out: GIF, MP4, WebP, APNG, or a player for the classroom.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    address = state.asked()
    kind = KINDS[
        st.selectbox(
            "What to animate",
            list(KINDS),
            key="kind",
            bind="query-params",
            help="A walk from seed to seed, ψ, a chain, what is inside it, or a training.",
        )
    ]
    asked = kind.controls()
    state.explain(address, kind.recipe(asked))
    state.notices()
    with right, widgets.errors():
        kind.show(asked)
