"""Two cats layer by layer: a generator draws what is coarse of the one and what is fine of the other."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.parts import Picture, Rows
from studio.recipe import Recipe
from studio.scrubber import Pane, scrubber
from studio.services import generate, mask_layers
from studio.services.cats import Cat
from studio.services.mask_layers import Found

NAME = "Layer by layer"
SHOWN = 10  # steps of the search from one picture of it to the next


def show(recipe: Recipe, cats: tuple[Cat, Cat]) -> None:
    """Look for both cats among what a generator can draw, when asked to; then the slider over its layers."""
    there = mask_layers.generators()
    st.subheader(NAME, divider=False)
    st.caption("No mask here: a generator with styles takes its coarse layers from A and its fine ones from B.")
    if not there:
        st.info("No generator with styles is here; one of family stylegan2 is needed.", icon=":material/block:")
        return
    name = st.selectbox("Generator", there, key="generator", bind="query-params", help="It looks for both cats first.")
    found, key = mask_layers.known(name, cats, recipe.checkpoint), f"layers-{name}-{cats}"
    if found is None:
        asked = st.session_state.pop("layers", None) == key
        place = st.empty()
        if not asked:
            place.button("Look for both cats", key="ask-layers", icon=":material/search:", on_click=_ask, args=(key,))
            return
        with place.container():
            found = _search(name, cats, recipe.checkpoint, key)
        place.empty()
    _film(name, cats, found)


def _ask(key: str) -> None:
    st.session_state["layers"] = key
    widgets.again()


def _search(name: str, cats: tuple[Cat, Cat], default: str, key: str) -> Found:
    """The search under a bar, with what it has found so far."""
    total, place = mask_layers.steps(name, cats, default), st.container()
    picture = place.empty()
    for step, found in enumerate(widgets.watch(mask_layers.film(name, cats, default), total, "Looking", key)):
        if step % SHOWN == 0:
            both = np.stack([found.wanted[0], found.found[0], found.wanted[1], found.found[1]])
            picture.image(frames.sheet(both, 2), "A and B, each with what is found so far", output_format="PNG")
    return found


def _film(name: str, cats: tuple[Cat, Cat], found: Found) -> None:
    depths = len(found.mixes)
    still = [np.repeat(each[None], depths, axis=0) for each in found.found]
    panes = [
        Pane("A as found", still[0], f"{cats[0].line()}, as {name} can draw it."),
        Pane("coarse A, fine B", found.mixes, "The first layers have A's style, the others B's."),
        Pane("B as found", still[1], f"{cats[1].line()}, as {name} can draw it."),
    ]
    scrubber(
        panes,
        key="layers-film",
        labels=[label(found, k) for k in range(depths)],
        scale=4,
        start=depths // 2,
        strip=1,
        name="Layers from A",
        caption=f"{cats[0].line()} · {cats[1].line()} · {name}",
        report=False,
        chain=f"layers-{name}-{cats}",
    )
    recipe = generate.complete(Recipe(name, 0))

    def parts() -> Rows:
        first = [Picture("A", found.wanted[0]), Picture("A as found", found.found[0])]
        last = [Picture("B as found", found.found[1]), Picture("B", found.wanted[1])]
        return [[*first, *last], [Picture(f"{k} from A", each) for k, each in enumerate(found.mixes)]]

    arrays = {"wanted": found.wanted, "found": found.found, "mixes": found.mixes, "layers": np.array(found.layers)}
    widgets.export(NAME, recipe, parts, lambda: arrays)


def label(found: Found, depth: int) -> str:
    """One line for a mixture."""
    last = len(found.layers)
    if depth in (0, last):
        return f"all {last} layers from {'A' if depth else 'B'}"
    return f"{depth} of {last} layers from A, up to {found.layers[depth - 1]}"
