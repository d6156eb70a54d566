"""The network as a live drawing, and one measure of all its blocks over the chain."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import network
from studio.figures.features import MEASURES, profile_figure
from studio.figures.parts import Picture, Rows
from studio.panels.drawing import drawing
from studio.panels.features_controls import pick
from studio.panels.features_stage import FILM
from studio.recipe import Recipe
from studio.services import features
from studio.services.features import Look


def draw(recipe: Recipe, look: Look, block: str, frame: int) -> None:
    """Draw the network; a click on a node picks its block."""
    thumbs = [network.thumbnails(colours.rgb) for colours in look.colours]
    drawing(
        network.plan(look.blocks),
        thumbs,
        look.shares,
        key="network",
        follow=FILM,
        selected=block,
        on_pick=pick,
    )
    st.caption(
        "Each node shows its block's three main components as colours, one basis for all steps. A band is a skip, "
        "as wide as its share of what enters the first convolution behind it: |skip| / (|backbone| + |skip|)."
    )
    measure = st.segmented_control(
        "Measure",
        list(MEASURES),
        default="std",
        required=True,
        format_func=MEASURES.get,
        key="measure",
        bind="query-params",
        help="Dead: nearer to 0 than a hundredth of the block's RMS.",
    )
    names, found = [features.short(each.name) for each in look.blocks], profile(recipe.key, look)
    st.plotly_chart(profile_figure(look.t, names, found[measure], measure), key="profile")

    def parts() -> Rows:
        drawn = network.printed(look.blocks, [thumb[frame] for thumb in thumbs], look.joints, look.shares[frame])
        steps = [f"t = {t}" for t in look.t]
        values = found[measure]
        signed = measure == "mean"
        end = float(np.abs(values).max())
        ends = (-end, end) if signed else (0.0, float(values.max()))
        title = f"{MEASURES[measure]} of every block"
        return [*drawn, Picture(title, values, "puor" if signed else "viridis", *ends, rows=names, columns=steps)]

    widgets.export(
        "Network", recipe, parts, lambda: {"t": look.t, "blocks": np.array(names), "shares": look.shares, **found}
    )


@st.cache_data(max_entries=4, show_spinner=False)
def profile(key: str, _look: Look) -> dict[str, np.ndarray]:
    """The measures of every block; `key` names the chain."""
    return features.profile(_look)
