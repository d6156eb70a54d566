"""The stage of the Features page: the chain, and the picked block in colour, at every step."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from studio import widgets
from studio.figures import frames
from studio.figures.features import enlarge
from studio.recipe import Recipe
from studio.scrubber import Pane, Plot, ScrubberState, scrubber
from studio.services import features, generate
from studio.services.chains import Chain
from studio.services.features import Look

FILM = "film"
TIMED = ("profile", "spectrum", "channel-curves", "shares")  # the figures with the scrubber's cursor
WIDE = 128  # px of a picture: the drawing has to fit under it


def show(recipe: Recipe, block: str) -> tuple[Look, ScrubberState]:
    """Make and show the chain, read its feature maps, and show the block's; what is known comes at once."""
    bar = st.container(key="busy", vertical_alignment="center").empty()
    place = st.container()
    with bar.container():
        chain, look = generate.known(recipe), features.known(recipe)
        if look is not None:
            st.caption(recipe.line())
            with place:
                return look, film(recipe, look.chain, block, look)
        looking = f"features-{recipe.key}"
        if widgets.stopped(recipe.key) or widgets.stopped(looking):
            st.stop()
        shown, drawn, total = None, 0, len(generate.course(recipe)) - 1
        if chain is None:
            for chain in widgets.watch(generate.chain(recipe), total, "Denoising", recipe.key):
                if (there := len(features.frames(recipe, chain))) > drawn:
                    shown, drawn = draw(recipe, chain, block, shown, place), there
        *_, look = widgets.watch(features.look(recipe, chain), features.parts(recipe), "Looking", looking)
    shown = draw(recipe, chain, block, shown, place, look)
    shown.frame = len(look.frames) - 1  # it was said of the first frames
    bar.caption(recipe.line())
    return look, shown


def draw(
    recipe: Recipe,
    chain: Chain,
    block: str,
    shown: ScrubberState | None,
    place: DeltaGenerator,
    look: Look | None = None,
) -> ScrubberState:
    """Draw the stage, or more of it."""
    if shown is None:
        with place:
            return film(recipe, chain, block, look)
    shown.update(panes(recipe, chain, block, look), labels=labels(recipe, chain), plots=plots(recipe))
    return shown


def film(recipe: Recipe, chain: Chain, block: str, look: Look | None) -> ScrubberState:
    """The scrubber that everything on the page follows."""
    return scrubber(
        panes(recipe, chain, block, look),
        key=FILM,
        labels=labels(recipe, chain),
        total=len(features.planned(recipe)),
        scale=max(1, WIDE // chain.x_t.shape[1]),
        strip=1,
        plots=plots(recipe),
        caption=recipe.line(),
        report=True,
        chain=recipe.key,
    )


def plots(recipe: Recipe) -> list[Plot]:
    """Where the frames stand in the figures that share the scrubber's axis."""
    return [Plot(name, range(len(features.planned(recipe)))) for name in TIMED]


def labels(recipe: Recipe, chain: Chain) -> list[str]:
    """One line per frame."""
    at = features.frames(recipe, chain)
    rows = zip(chain.t[at].tolist(), chain.index[at].tolist(), chain.alpha_bar[at].tolist(), strict=True)
    return [frames.label(t, index, chain.total, alpha_bar) for t, index, alpha_bar in rows]


def panes(recipe: Recipe, chain: Chain, block: str, look: Look | None) -> list[Pane]:
    """What goes in, what comes out, and the picked block between them; grey as long as nobody has looked."""
    at = features.frames(recipe, chain)
    state, guess = (frames.picture(part[at]) for part in (chain.x_t, chain.x0))
    inner = np.full_like(state, 128)
    if look is not None:
        inner = enlarge(look.colours[look.index(block)].rgb, state.shape[1])
    return [
        Pane("x_t", state, "The state that goes into the network."),
        Pane("predicted x₀", guess, "The picture that the network sees in it."),
        Pane(f"{block} in colour", inner, "Its three main components as red, green and blue; one basis for all steps."),
    ]
