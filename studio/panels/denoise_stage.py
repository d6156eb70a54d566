"""The stage of the Denoise page: a chain of steps, shown while it grows."""

import streamlit as st

from studio import stage, widgets
from studio.recipe import Recipe
from studio.scrubber import ScrubberState, scrubber
from studio.services import generate
from studio.services.chains import Chain


def show(recipe: Recipe) -> tuple[Chain, ScrubberState]:
    """Show the chain while it grows; once known, it comes whole."""
    bar = st.container(key="busy", vertical_alignment="center").empty()
    place = st.container()
    with bar.container():
        chain = generate.known(recipe)
        if chain is None and widgets.stopped(recipe.key) and (chain := generate.partial(recipe)) is None:
            st.stop()  # cancelled before there was a frame to show
        if chain is not None:
            if chain.done:
                st.caption(recipe.line())
            with place:
                return chain, film(recipe, chain)
        shown, drawn = None, None
        for chain in widgets.watch(generate.chain(recipe), len(generate.course(recipe)) - 1, "Denoising", recipe.key):
            if shown is None:
                with place:
                    shown = film(recipe, chain)
            elif chain is not drawn:
                shown.update(stage.panes(recipe, chain), labels=stage.labels(chain), plots=stage.plots(recipe))
            drawn = chain
    shown.frame = len(chain) - 1  # it was said of the first frames
    bar.caption(recipe.line())
    return chain, shown


def film(recipe: Recipe, chain: Chain) -> ScrubberState:
    """The linked pictures of each step, with a cursor in every plot over time."""
    return scrubber(
        stage.panes(recipe, chain),
        key="film",
        labels=stage.labels(chain),
        total=len(generate.planned(recipe)),
        plots=stage.plots(recipe),
        strip=int(bool(recipe.photo)),
        caption=recipe.line(),
        report=True,
    )
