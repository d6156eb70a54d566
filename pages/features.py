"""Features: the network as a live drawing, its feature maps, and what its skips carry."""

import streamlit as st

from studio import state, widgets
from studio.panels import features_channel, features_controls, features_layer, features_network, features_stage, skips
from studio.panels.attributions import attributions
from studio.recipe import Recipe
from studio.services.features import Look

HINTS = {
    "Network": (
        "**You see** every block of the network at this step; drag the bar above and all of them follow.",
        "**Try** a click on a node, then Layer; or other steps: late ones show eyes and whiskers, early ones blobs.",
        "**Why** the way down gathers what, the way up paints where; skips carry the fine grain across.",
    ),
    "Layer": (
        "**You see** all channels of the block at this step, and one of them large.",
        "**Try** a click in the grid, then Change it: what does the cat lose without this channel?",
        "**Why** a channel answers to one pattern wherever it is: edges in fine blocks, parts of faces in coarse ones.",
    ),
    "Skips": (
        "**You see** the same seed as it was, and with its skips turned down, up or off.",
        "**Try** the finest fader at 0, then the coarsest instead; then the backbone at 1.2.",
        "**Why** only the finest skips know which pixels are noise; what a cat is, the backbone knows as well.",
    ),
}
VIEWS = ("Network", "Layer", "Skips", "Attributions")
ABOUT = ("Noise levels", "Numbers", "Spectrum", "Strongest pictures", "Change it", "Makers of a region")


def layer(recipe: Recipe, look: Look, block: str, frame: int) -> None:
    """The picked block, and the tab about it that is open."""
    picked = features_layer.grid(recipe, look, block, frame)
    st.caption("  \n".join(HINTS["Layer"]))
    levels, numbers, spectrum, strongest, change, makers = st.tabs(ABOUT, key="about", bind="query-params")
    with levels:
        if levels.open:
            features_layer.levels(recipe, look, block, picked)
    with numbers:
        if numbers.open:
            features_layer.numbers(recipe, look, block, picked, frame)
    with spectrum:
        if spectrum.open:
            features_layer.spectrum(recipe, look, block)
    with strongest, widgets.errors():
        if strongest.open:
            features_channel.strongest(recipe, look, block, picked, frame)
    with change, widgets.errors():
        if change.open:
            features_channel.change(recipe, look, block, picked)
    with makers, widgets.errors():
        if makers.open:
            features_channel.makers(recipe, look, block, frame)


def views(recipe: Recipe, look: Look, block: str, frame: int) -> None:
    """The view that is open, and only that."""
    whole, one, across, moved = st.tabs(VIEWS, key="show", bind="query-params")
    with whole:
        if whole.open:
            features_network.draw(recipe, look, block)
            st.caption("  \n".join(HINTS["Network"]))
            features_network.profile(recipe, look, frame)
    with one:
        if one.open:
            layer(recipe, look, block, frame)
    with across, widgets.errors():
        if across.open:
            skips.mix(recipe, look)
            st.caption("  \n".join(HINTS["Skips"]))
            skips.worth(recipe, look)
    with moved, widgets.errors():
        if moved.open:
            attributions(recipe, look.chain, int(look.frames[frame]))


st.html(widgets.STYLE)
st.title("Features")
st.caption("What every part of the network holds while it turns noise into a cat.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    address = state.asked()
    recipe, block = features_controls.controls()
    state.explain(address, recipe)
    state.notices()
    with right, widgets.errors():
        look, shown = features_stage.show(recipe, block)
        features_stage.film(recipe, look, block)
        views(recipe, look, block, shown.frame)
