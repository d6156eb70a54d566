"""Pixels that look alike, as groups: a segmentation for free."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import attention, frames
from studio.figures.parts import Picture
from studio.panels.attention_stage import scale
from studio.recipe import Recipe
from studio.scrubber import Pane, scrubber
from studio.services import attend
from studio.services.attend import Look


@st.cache_data(max_entries=16, show_spinner=False)
def found(key: str, k: int, _look: Look) -> np.ndarray:
    """The groups of a chain's last third."""
    return attend.groups(_look, attend.span(_look, "late"), k)


def groups(recipe: Recipe, look: Look) -> None:
    """Each group alone, the largest first."""
    st.caption(
        "Pixels whose attention in the last third of the steps goes to the same places (k-means, finest layers)."
    )
    k = st.slider("Groups", 2, 8, 5, key="k", bind="query-params", help="How many groups k-means is to find.")
    group = found(recipe.key, k, look)
    picture = frames.picture(look.chain.x_t[-1:])[0]
    shown = [attention.only(picture, group == i) for i in range(k)]
    shares = [f"group {i + 1}, {(group == i).mean():.0%}" for i in range(k)]
    panes = [Pane(text, each[None], "Its pixels are bright.") for text, each in zip(shares, shown, strict=True)]
    scrubber(
        panes, key="groups", labels=["the picture"], strip=None, scale=scale(look.chain, 128), caption=recipe.line()
    )
    widgets.export(
        "Groups",
        recipe,
        lambda: [[Picture(text, each) for text, each in zip(shares, shown, strict=True)]],
        lambda: {"groups": group, "picture": picture},
    )
