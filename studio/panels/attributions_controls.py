"""What one picks for an attribution: a number, its region, a method and the method's own options."""

from dataclasses import fields
from typing import Any

import streamlit as st

from studio.recipe import Recipe
from studio.services import attribute
from studio.services.attribute import Question
from studio.services.chains import Chain

EYE = (0.48, 0.36)  # of the height and the width: where the left eye of a cat's face mostly is


def controls(recipe: Recipe, chain: Chain, frame: int) -> tuple[Question, float]:
    """What is asked at `frame` of the chain, and the opacity of the map over the picture."""
    grid = st.grid(3, min_column_width=190)
    titles, side = attribute.targets(), chain.x_t.shape[1]
    _within("target", list(titles))
    target = grid.cell().selectbox(
        "What moved…",
        list(titles),
        format_func=titles.get,
        key="target",
        bind="query-params",
        help="A region of a prediction, a classifier's odds, or a discriminator's logit.",
    )
    method = grid.cell().selectbox(
        "Method",
        list(attribute.METHODS),
        format_func=attribute.METHODS.get,
        key="method",
        bind="query-params",
        help="How it is found out; each answers a little differently.",
    )
    opacity = grid.cell().slider(
        "Opacity",
        0.0,
        1.0,
        0.7,
        0.05,
        key="opacity",
        bind="query-params",
        help="Of the map where it is strongest.",
    )
    options = _options(grid, recipe, chain, target, method)
    with st.expander("The region by numbers"):
        row, column, size = _region(side, target in attribute.PREDICTIONS)
    made = attribute.options(method)(**options)
    if recipe.guidance != 1 and recipe.label and target in attribute.PREDICTIONS and attribute.layered(method):
        st.caption("Layers are looked at without guidance, which would pass them twice.")
    return Question(target, attribute.frame(chain, target, frame), row, column, size, made), opacity


def pick(row: int, column: int) -> None:
    """Hear of a click on a picture."""
    st.session_state["row"], st.session_state["column"] = row, column


def _region(side: int, there: bool) -> tuple[int, int, int]:
    """Row, column and size of the region; greyed out with the reason for a number of the whole picture."""
    grid, values = st.grid(3, min_column_width=150), []
    for name, share in zip(("row", "column"), EYE, strict=True):
        if name in st.session_state:  # a picture before this one may have been larger
            st.session_state[name] = min(max(int(st.session_state[name]), 0), side - 1)
        values.append(
            grid.cell().number_input(
                f"{name.capitalize()} of its middle",
                0,
                side - 1,
                round(share * side),
                key=name,
                bind="query-params",
                disabled=not there,
                help="Or click a picture." if there else "This number is of the whole picture.",
            )
        )
    size = grid.cell().number_input(
        "Size, px",
        1,
        side,
        min(8, side),
        key="box",
        bind="query-params",
        disabled=not there,
        help="The mean over this square is explained." if there else "This number is of the whole picture.",
    )
    return int(values[0]), int(values[1]), int(size)


def _options(grid: Any, recipe: Recipe, chain: Chain, target: str, method: str) -> dict[str, Any]:
    """A control for each typed option of a method."""
    values = {}
    for option in fields(attribute.options(method)):
        with grid.cell():
            named = option.name == "layer"
            values[option.name] = _layer(recipe, chain, target) if named else _option(option)
    return values


def _option(option: Any) -> Any:
    about, key = option.metadata, f"with_{option.name}"
    more = {"key": key, "bind": "query-params", "help": about["help"]}
    if isinstance(option.default, bool):
        return st.toggle(about["title"], option.default, **more)
    if about["choices"]:
        return st.selectbox(about["title"], list(about["choices"]), format_func=about["choices"].get, **more)
    return int(st.number_input(about["title"], *about["range"], option.default, **more))


def _layer(recipe: Recipe, chain: Chain, target: str) -> str:
    """A layer of the target; the default is a coarse one."""
    there = attribute.layers(recipe, chain, target)
    default = attribute.default_layer(there)
    _within("with_layer", list(there))
    name = st.selectbox(
        "Layer",
        list(there),
        list(there).index(default),
        key="with_layer",
        bind="query-params",
        help="In the order of the data. Coarse layers see wide, fine ones sharp.",
    )
    channels, height, width = there[name]
    st.caption(f"{channels} channels of {height}×{width}")
    return name


def _within(key: str, options: list[str]) -> None:
    """Another target has other layers; another home has other discriminators."""
    if st.session_state.get(key, options[0]) not in options:
        del st.session_state[key]
