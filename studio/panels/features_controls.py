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
    there = {features.short(block.name): block for block in features.blocks(entry.name)}
    default = len(there) - 3  # in a U-Net with one block a level, the first after the finest skip
    if st.session_state.get("block", "stem") not in there:  # another checkpoint has other blocks
        del st.session_state["block"]
    block = st.selectbox(
        "Block",
        list(there),
        default,
        key="block",
        bind="query-params",
        help="Or click it in the drawing of the network.",
    )
    st.caption(f"{there[block].title}: {there[block].channels} channels of {there[block].side}×{there[block].side}")
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
