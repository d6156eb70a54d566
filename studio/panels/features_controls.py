"""What one picks on the Features page: the chain, and the block that is looked at."""

import streamlit as st

from studio import widgets
from studio.panels.attention_controls import chain
from studio.recipe import Recipe
from studio.services import features


def controls() -> tuple[Recipe, str]:
    """The whole column; the block by its short name."""
    entry = widgets.checkpoint(can="features")
    widgets.seed()
    titles = {features.short(block.name): block.title for block in features.blocks(entry.name)}
    default = list(titles)[-2]  # what the head reads: the finest map of the up path
    if st.session_state.get("block", default) not in titles:  # another checkpoint has other blocks
        del st.session_state["block"]
    block = st.selectbox(
        "Block",
        list(titles),
        list(titles).index(default),
        format_func=lambda name: f"{name} · {titles[name]}",
        key="block",
        bind="query-params",
        help="Or click it in the drawing of the network.",
    )
    widgets.die("Another one")
    with st.expander("More"):
        recipe = chain(entry)
    widgets.reset(recipe)
    return recipe, block


def pick(block: str) -> None:
    """Hear of a click on a node of the drawing."""
    st.session_state["block"] = block


def pick_channel(channel: int) -> None:
    """Hear of a click on a channel of the grid."""
    st.session_state["channel"] = channel
