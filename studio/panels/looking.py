"""The way to a stage that looks inside a chain: make the chain, look, and show what there is at any moment."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.recipe import Recipe
from studio.scrubber import ScrubberState
from studio.services import generate
from studio.services.chains import Chain
from studio.services.looks import Looks

Film = Callable[[Chain, Any], ScrubberState]  # from a chain and a look inside it, None before there is one
More = Callable[[ScrubberState, Chain, Any], None]  # what is shown is brought up to date


def show(recipe: Recipe, looks: Looks, look_inside: Callable[[Chain], Any], film: Film, more: More) -> tuple:
    """Make and show the chain of `recipe`, look inside, and show that; what is known comes at once.

    Returns the look and the scrubber's state.
    """
    bar = st.container(key="busy", vertical_alignment="center").empty()
    place = st.container()
    with bar.container():
        chain, look = generate.known(recipe), looks.known(recipe)
        if look is not None:
            st.caption(recipe.line())
            with place:
                return look, film(look.chain, look)
        looking = f"look-{recipe.key}-{looks.most}"
        if widgets.stopped(recipe.key) or widgets.stopped(looking):
            st.stop()

        def draw(chain: Chain, look: Any, shown: ScrubberState | None) -> ScrubberState:
            if shown is None:
                with place:
                    return film(chain, look)
            more(shown, chain, look)
            return shown

        shown, drawn, total = None, 0, len(generate.course(recipe)) - 1
        if chain is None:
            for chain in widgets.watch(generate.chain(recipe), total, "Denoising", recipe.key):
                if (there := len(looks.frames(recipe, chain))) > drawn:
                    shown, drawn = draw(chain, None, shown), there
        *_, look = widgets.watch(look_inside(chain), looks.parts(recipe), "Looking", looking)
    shown = draw(chain, look, shown)
    shown.frame = len(look.frames) - 1  # it was said of the first frames
    bar.caption(recipe.line())
    return look, shown


def labels(recipe: Recipe, chain: Chain, looks: Looks) -> list[str]:
    """One line per frame that is looked at."""
    at = looks.frames(recipe, chain)
    rows = zip(chain.t[at].tolist(), chain.index[at].tolist(), chain.alpha_bar[at].tolist(), strict=True)
    return [frames.label(t, index, chain.total, alpha_bar) for t, index, alpha_bar in rows]
