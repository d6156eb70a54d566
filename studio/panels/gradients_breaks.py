"""Break it: a network with one mistake beside its healthy twin, trained while one watches."""

import time
from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.gradients import curves_figure, depth_figure
from studio.figures.parts import Lines, Picture, Rows
from studio.panels.gradients_step import Asked, say
from studio.services import twins
from studio.services.twins import Side

SAYS = {
    "rate": "Steps a hundred times too long throw the weights so far that the output overflows.",
    "norm": "At a rate that its normalised twin bears, sizes multiply through the layers and nothing brings them back.",
    "skips": "Neither twin is normalised. With no way around, each layer shrinks the gradient, down to nothing.",
    "start": "Every convolution passes zeros forward and zeros back; only the last bias learns.",
}


def show(asked: Asked) -> None:
    """Pick a mistake, train both twins, show them side by side."""
    breaks = twins.breaks()
    name = st.segmented_control(
        "Mistake",
        list(breaks),
        default="rate",
        required=True,
        format_func=lambda key: breaks[key].title,
        key="mistake",
        bind="query-params",
        wrap=True,
    )
    st.caption(f"Expected: **{breaks[name].symptom}**. {SAYS[name]} Preset `{breaks[name].preset}`.")
    left, right = st.columns([1, 2], vertical_alignment="center")
    seconds = right.slider("Seconds", 5, 120, 30, 5, key="seconds", bind="query-params", help="Shared by both.")
    key, run = f"break-{name}", st.session_state.pop("break", None)
    known = twins.trained(name)
    again = "Train them again" if known else "Train both twins"
    left.button(again, key="train", icon=":material/play_arrow:", on_click=_ask, args=(name,), width="stretch")
    bar, place = st.container(key="busy"), st.empty()
    if run == name:
        with bar:
            _watch(name, seconds, key, place)
        known = twins.trained(name)
    if known:
        with place.container():
            _draw(known)
            widgets.export(f"Broken {name}", asked.recipe, lambda: _parts(known), lambda: _arrays(known))


def _ask(name: str) -> None:
    st.session_state["break"] = name
    widgets.again()


def _watch(name: str, seconds: int, key: str, place: st.delta_generator.DeltaGenerator) -> None:
    drawn, draws, shown = 0.0, 0, None
    for _, sides in widgets.watch(twins.train(name, seconds), seconds, "Training both", key, lambda at: at[0]):
        if sides and sides is not shown and time.monotonic() - drawn > 2:
            with place.container():
                _draw(sides, draws := draws + 1)
            shown, drawn = sides, time.monotonic()


def _draw(sides: list[Side], draws: int = 0) -> None:
    """Draw both sides, while they train for the `draws`-th time.

    A figure is drawn several times in one run of the page then: a new key each time would make it flicker, and the same
    one is an error, so they differ in their meta data alone.
    """

    def plot(place: st.delta_generator.DeltaGenerator, figure: Any, key: str) -> None:
        place.plotly_chart(figure.update_layout(meta=draws), key=None if draws else key)

    for column, side in zip(st.columns(len(sides)), sides, strict=True):
        with column:
            st.markdown(f"**{side.which.capitalize()}** · {len(side.loss)} steps")
            if side.samples is not None:
                sheet = frames.sheet(side.samples, 3, columns=8)
                st.image(sheet, f"Samples of the {side.which} twin", "content", output_format="PNG")
            if side.history:
                say(side.flags, judged=False)
    with_history = [side for side in sides if side.history]
    grid = st.grid(2, min_column_width=340)
    for key, title, curves in (("loss", "Loss", _losses(sides)), ("total", "‖g‖, all layers", _totals(with_history))):
        plot(grid.cell(), curves_figure(curves, title=title, x_title="step"), f"twins-{key}")
    if with_history:
        last = {side.which: np.median(side.history.stack("mean")[-8:], axis=0) for side in with_history}
        layers = max((side.history.flows[0].layers for side in with_history), key=len)
        aligned = {side.which: _aligned(side, last[side.which], layers) for side in with_history}
        plot(st, depth_figure(layers, aligned, title="Mean |g| by layer, the last steps logged"), "twins-depth")


def _aligned(side: Side, values: np.ndarray, layers: tuple[str, ...]) -> np.ndarray:
    """The values of a twin by the layers of the other, which may have more."""
    own = dict(zip(side.history.flows[0].layers, values, strict=True))
    return np.array([own.get(layer, np.nan) for layer in layers])


def _losses(sides: list[Side]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {side.which: (np.arange(1, len(side.loss) + 1), side.loss) for side in sides}


def _totals(sides: list[Side]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {s.which: (s.history.steps, np.array([flow.total for flow in s.history.flows])) for s in sides}


def _parts(sides: list[Side]) -> Rows:
    drawn = [Picture(side.which, frames.sheet(side.samples, 3)) for side in sides if side.samples is not None]
    curves = [Lines(f"‖g‖, {name}", x, {name: y}, "step", log=True) for name, (x, y) in _totals(sides).items()]
    return [drawn, curves]


def _arrays(sides: list[Side]) -> dict[str, np.ndarray]:
    arrays = {}
    for side in sides:
        arrays |= {f"{side.which}_loss": side.loss, f"{side.which}_steps": side.history.steps}
        arrays |= {f"{side.which}_{name}": side.history.stack(name) for name in ("norm", "mean", "update", "dead")}
        arrays |= {f"{side.which}_layers": np.array(side.history.flows[0].layers)}
    return arrays
