"""One block: all its channels, one of them large, its numbers, its spectrum, and itself at several noise levels."""

from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import features as figure
from studio.figures.parts import Picture, Rows, Table
from studio.figures.spectrum import radial_spectrum, spectrum_figure
from studio.panels import animate
from studio.panels.features_controls import pick_channel
from studio.panels.features_stage import FILM
from studio.panels.maps import maps
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane
from studio.services import features
from studio.services.features import Look

MODES = ("signed", "dB")
WIDE = 320  # px of the channel beside the grid


def channel(look: Look, block: str) -> int:
    """Pick a channel of a block by its number; a click in the grid sets it too."""
    last = look.values[look.index(block)].shape[1] - 1
    if "channel" in st.session_state:  # the block before this one may have more channels
        st.session_state["channel"] = min(max(int(st.session_state["channel"]), 0), last)
    text = f"Channel, 0 to {last}"
    return int(st.number_input(text, 0, last, key="channel", bind="query-params", help="Or click it in the grid."))


def grid(recipe: Recipe, look: Look, block: str, frame: int) -> int:
    """All channels of the block at once and one of them large, at every step; returns the one."""
    row = st.grid(3, min_column_width=170)
    with row.cell():
        picked = channel(look, block)
    with row.cell():
        mode = st.segmented_control(
            "Values",
            MODES,
            default="signed",
            required=True,
            key="values",
            bind="query-params",
            help="0 dB is the root mean square of the block over the chain.",
        )
    with row.cell():
        scale = st.segmented_control(
            "A scale for each",
            list(figure.SCALES),
            default="step",
            required=True,
            key="scale",
            bind="query-params",
            disabled=mode == "dB",
            help="One for the chain compares steps; one for each map shows faint ones.",
        )
    values = look.values[look.index(block)]
    rgb, legend = coloured(f"{recipe.key}-{block}-{mode}-{scale}", values, mode, scale)
    sheet = figure.grid(rgb)
    one = figure.enlarge(rgb[:, picked], max(rgb.shape[2], WIDE // rgb.shape[2] * rgb.shape[2]))
    panes = [
        Pane(f"{block}: all {values.shape[1]} channels", sheet.frames, legend=legend),
        Pane(f"channel {picked}", one),
    ]
    maps(sheet, panes, key="channels", follow=FILM, selected=picked, on_pick=pick_channel)
    shown = values[frame].astype(np.float32)

    def parts() -> Rows:
        title = f"{block} at t = {look.t[frame]}: all channels"
        if mode == "dB":
            single = Picture(
                f"channel {picked}", features.decibel(values)[frame, picked], "viridis", *figure.DECIBEL, "dB"
            )
        else:
            end = figure.limit(shown[picked])
            single = Picture(f"channel {picked}", shown[picked], "puor", -end, end)
        return [[Picture(title, sheet.frames[frame]), single], table(look, block, frame)]

    with st.container(horizontal=True):
        animate.offer("Channels", recipe, panes, [f"{block} · t = {t}" for t in look.t])
        widgets.export("Channels", recipe, parts, lambda: {"values": values, "t": look.t})
    return picked


@st.cache_data(max_entries=4, show_spinner=False)
def coloured(key: str, _values: np.ndarray, mode: str, scale: str) -> tuple[np.ndarray, Legend]:
    """The maps in colour, uint8 `(S, C, h, w, 3)`, and their colour bar; `key` names them."""
    if mode == "dB":
        return figure.loud(features.decibel(_values)), Legend("viridis", *figure.DECIBEL, "dB")
    rgb, end, unit = figure.signed(_values, scale)
    return rgb, Legend("puor", -end, end, unit)


def table(look: Look, block: str, frame: int) -> Table:
    """The statistics of every channel at a frame."""
    found = features.channel_statistics(look, look.index(block))
    columns = [np.arange(found.mean.shape[1]), found.mean[frame], found.std[frame], found.max[frame], found.dead[frame]]
    rows = [[str(number), *map(float, rest)] for number, *rest in zip(*columns, strict=True)]
    return Table(f"{block} at t = {look.t[frame]}", ("channel", "mean", "std", "max |a|", "dead share"), rows)


def numbers(recipe: Recipe, look: Look, block: str, picked: int, frame: int) -> None:
    """Mean, spread, largest magnitude and dead share of every channel now, and of one channel over the chain."""
    found: Any = features.channel_statistics(look, look.index(block))
    at = table(look, block, frame)
    dead = int((found.dead > 0.99).all(0).sum())
    st.caption(
        f"{at.title}, sortable. Dead: nearer to 0 than a hundredth of the block's RMS. "
        f"{dead} of {found.dead.shape[1]} channels are dead at every step."
    )
    columns = dict(zip(at.columns, zip(*at.rows, strict=True), strict=True))
    columns["channel"] = [int(number) for number in columns["channel"]]
    formats = {name: st.column_config.NumberColumn(format="%.3g") for name in at.columns[1:]}
    st.dataframe(columns, column_config=formats, hide_index=True, height=300)
    curves = {"mean": found.mean[:, picked], "std": found.std[:, picked], "max |a|": found.max[:, picked]}
    st.plotly_chart(figure.channel_figure(look.t, curves, f"Channel {picked} over the chain"), key="channel-curves")
    widgets.export("Channel numbers", recipe, lambda: [at], lambda: {**vars(found), "t": look.t})


def levels(recipe: Recipe, look: Look, block: str, picked: int) -> None:
    """The block at several noise levels side by side: all channels in three colours, and the picked one."""
    colours, values = look.colours[look.index(block)], look.values[look.index(block)]
    at = figure.levels(len(look.frames))
    signed, end, _ = figure.signed(values[:, picked : picked + 1], "chain")
    size = max(96 // values.shape[2], 1) * values.shape[2]
    rows = (("three main components", colours.rgb), (f"channel {picked}, ±{end:.3g}", signed[:, 0]))
    for name, rgb in rows:
        st.caption(f"{block}, {name}, from noise to picture")
        texts = [f"t = {look.t[i]}" for i in at]
        st.image(list(figure.enlarge(rgb[at], size)), texts, width=size, output_format="PNG")
    first, second, third = (f"{100 * share:.0f} %" for share in colours.explained)
    st.caption(f"Red, green and blue hold {first}, {second} and {third} of the variance; one basis serves all levels.")

    def parts() -> Rows:
        return [[Picture(f"{name}, t = {look.t[i]}", rgb[i]) for i in at] for name, rgb in rows]

    widgets.export("Noise levels", recipe, parts, lambda: {"values": values[at], "t": look.t[at]})


def spectrum(recipe: Recipe, look: Look, block: str) -> None:
    """The power of the block's maps by spatial frequency, over the chain."""
    values = look.values[look.index(block)].astype(np.float32).transpose(0, 2, 3, 1)
    power = radial_spectrum(values)
    st.plotly_chart(spectrum_figure(look.t, power), key="spectrum")

    def parts() -> Rows:
        cycles = [str(k) for k in range(1, power.shape[1] + 1)]
        steps = [f"t = {t}" for t in look.t]
        return [Picture(f"{block}: log₁₀ power by cycles", np.log10(power.T + 1e-12), rows=cycles, columns=steps)]

    widgets.export("Layer spectrum", recipe, parts, lambda: {"power": power, "t": look.t})
