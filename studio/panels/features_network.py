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


def draw(recipe: Recipe, look: Look, block: str) -> None:
    """Draw the network; a click on a node picks its block."""
    drawing(
        network.plan(look.blocks),
        thumbnails(look),
        look.shares,
        key="network",
        follow=FILM,
        selected=block,
        on_pick=pick,
    )
    st.caption(
        "A node shows the three main components of its block as colours, one basis for all steps, contrast by step. "
        "A band is a skip, as wide as its share of what enters there: |skip| / (|backbone| + |skip|)."
    )


def profile(recipe: Recipe, look: Look, frame: int) -> None:
    """One measure of every block over the chain, and the drawing as files."""
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
    names, found = [features.short(each.name) for each in look.blocks], measured(recipe.key, look)
    values, thumbs = found[measure], thumbnails(look)
    st.plotly_chart(profile_figure(look.t, names, values, measure), key="profile")

    def parts() -> Rows:
        drawn = network.printed(look.blocks, [thumb[frame] for thumb in thumbs], look.joints, look.shares[frame])
        colours, low = ("puor", -float(np.abs(values).max())) if measure == "mean" else ("viridis", 0.0)
        high, steps = float(np.abs(values).max()), [f"t = {t}" for t in look.t]
        title = f"{MEASURES[measure]} of every block"
        return [*drawn, Picture(title, values, colours, low, high, rows=names, columns=steps)]

    arrays = {"t": look.t, "blocks": np.array(names), "shares": look.shares, **found}
    widgets.export("Network", recipe, parts, lambda: arrays)


def thumbnails(look: Look) -> list[np.ndarray]:
    """What each node shows, uint8 `(S, h, w, 3)`."""
    return [network.thumbnails(colours.rgb) for colours in look.colours]


@st.cache_data(max_entries=4, show_spinner=False)
def measured(key: str, _look: Look) -> dict[str, np.ndarray]:
    """The measures of every block; `key` names the chain."""
    return features.profile(_look)
