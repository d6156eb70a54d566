"""What one picks on the Attention page: the chain, then layer, head, pixel and colours."""

from dataclasses import replace

import streamlit as st

from studio import state, widgets
from studio.recipe import Recipe
from studio.services import attend, generate
from studio.services.attend import View
from studio.services.library import Entry

MEAN = "mean"
EYE = (0.44, 0.34)  # of the height and the width: where the left eye of a cat's face mostly is


def chain(entry: Entry) -> Recipe:
    """The chain to look at."""
    kept = state.kept()
    sampler, steps = widgets.sampler(), widgets.steps(entry.timesteps)
    label = widgets.label(entry)
    eta, guidance = widgets.eta(sampler), widgets.guidance(label)
    start = widgets.start(kept.photo)
    widgets.drop_zone(entry.size, kept.photo)
    picked = replace(kept, checkpoint=entry.name, seed=int(st.session_state["seed"]), sampler=sampler, steps=steps)
    return generate.complete(replace(picked, label=label, eta=eta, guidance=guidance, start=start))


def layer(entry: Entry) -> tuple[int, int | None]:
    """A layer in which pixels look at pixels, by index, and one of its heads."""
    kinds = {each.title: (i, each) for i, each in enumerate(attend.layers(entry.name)) if not each.cross}
    finest = max(each.side for _, each in kinds.values())
    default = max(i for i, (_, each) in enumerate(kinds.values()) if each.side == finest)
    _keep_within("layer", list(kinds))
    title = st.selectbox(
        "Layer",
        list(kinds),
        default,
        key="layer",
        bind="query-params",
        help="Where in the network, and the size of its grid of pixels.",
    )
    index, kind = kinds[title]
    heads = [MEAN, *(str(number + 1) for number in range(kind.heads))]
    _keep_within("head", heads)
    head = st.segmented_control(
        "Head",
        heads,
        default=MEAN,
        required=True,
        wrap=True,
        key="head",
        bind="query-params",
        help="Each head looks by a rule of its own.",
    )
    return index, None if head == MEAN else int(head) - 1


def colours() -> tuple[float, bool]:
    """Opacity of the heat and whether all heads and steps share a scale."""
    opacity = st.slider(
        "Opacity",
        0.0,
        1.0,
        0.7,
        0.05,
        key="opacity",
        bind="query-params",
        help="0 shows the picture, 1 the heat alone.",
    )
    shared = st.toggle(
        "One colour scale",
        True,
        key="shared",
        bind="query-params",
        help="For all heads and steps; off, each map has its own.",
    )
    return opacity, shared


def pixel(size: int) -> tuple[int, int]:
    """The pixel by numbers, for those who do not click; a click sets them too."""
    at = []
    for name, share in zip(("row", "column"), EYE, strict=True):
        if st.session_state.get(name, 0) >= size:  # the picture before this one was larger
            st.session_state[name] = size - 1
        start = round(share * size)
        text = f"{name.capitalize()} of the pixel"
        at.append(st.number_input(text, 0, size - 1, start, key=name, bind="query-params", help="Or click a picture."))
    return int(at[0]), int(at[1])


def pick(row: int, column: int) -> None:
    """Hear of a click on a picture."""
    st.session_state["row"], st.session_state["column"] = row, column


def controls() -> tuple[Recipe, View]:
    """The whole column."""
    entry = widgets.checkpoint(can="attention")
    widgets.seed()
    index, head = layer(entry)
    opacity, shared = colours()
    widgets.die("Another one")
    with st.expander("More"):
        at = pixel(entry.size)
        recipe = chain(entry)
    widgets.reset(recipe)
    return recipe, View(index, head, at, opacity, shared)


def _keep_within(key: str, options: list[str]) -> None:
    """Another checkpoint has other layers and heads."""
    if st.session_state.get(key, options[0]) not in options:
        del st.session_state[key]
