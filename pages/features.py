"""Features: the network as a live drawing, its feature maps, and what its skips carry."""

import streamlit as st

from studio import state, widgets
from studio.panels import features_channel, features_controls, features_layer, features_network, features_stage, skips
from studio.panels.attributions import attributions
from studio.panels.tabs import hints, tabs
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


def network(recipe: Recipe, look: Look, block: str, frame: int) -> None:
    features_network.draw(recipe, look, block)
    hints(HINTS["Network"])
    features_network.profile(recipe, look, frame)


def layer(recipe: Recipe, look: Look, block: str, frame: int) -> None:
    """The picked block, and the tab about it that is open."""
    picked = features_layer.grid(recipe, look, block, frame)
    hints(HINTS["Layer"])
    tabs(
        {
            "Noise levels": lambda: features_layer.levels(recipe, look, block, picked),
            "Numbers": lambda: features_layer.numbers(recipe, look, block, picked, frame),
            "Spectrum": lambda: features_layer.spectrum(recipe, look, block),
            "Strongest pictures": lambda: features_channel.strongest(recipe, look, block, picked, frame),
            "Change it": lambda: features_channel.change(recipe, look, block, picked),
            "Makers of a region": lambda: features_channel.makers(recipe, look, block, frame),
        },
        key="about",
    )


def faders(recipe: Recipe, look: Look) -> None:
    skips.mix(recipe, look)
    hints(HINTS["Skips"])
    skips.worth(recipe, look)


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
        tabs(
            {
                "Network": lambda: network(recipe, look, block, shown.frame),
                "Layer": lambda: layer(recipe, look, block, shown.frame),
                "Skips": lambda: faders(recipe, look),
                "Attributions": lambda: attributions(recipe, look.chain, int(look.frames[shown.frame])),
            },
            key="show",
        )
