"""One channel: the real pictures that excite it, the picture without it or with more of it, the makers of a region."""

from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import features as figure
from studio.figures import frames
from studio.figures.colour import signed_rgb
from studio.figures.digits import short
from studio.figures.parts import Bars, Picture, Rows
from studio.panels.features_controls import pick_channel
from studio.recipe import Recipe
from studio.services import channels, generate
from studio.services.features import Look

SHOWN = 8
TILE = 96
LIMIT = 1.0  # a difference of ±1, half the picture's range, fills the scale


def strongest(recipe: Recipe, look: Look, block: str, picked: int, frame: int) -> None:
    """The real pictures that excite the channel most; one pass over them serves all channels of all blocks."""
    row = st.grid(3, min_column_width=170)
    source = row.cell().text_input(
        "Pictures", channels.DRAWN, key="source", bind="query-params", help="drawn, or a folder or zip of pictures."
    )
    number = row.cell().select_slider(
        "How many", [32, 64, 128, 256, 512], 64, key="many", bind="query-params", help="Each is one network call."
    )
    t = row.cell().select_slider(
        "Noised to t",
        sorted({int(step) for step in look.t}),
        int(look.t[-1 - len(look.t) // 4]),
        key="noised",
        help="The noise level at which they are shown to the network.",
    )
    found, key = channels.excited(recipe, source, t, number), f"excite-{recipe.weights}-{source}-{t}-{number}"
    if found is None:
        if widgets.stopped(key) or not asked(f"Show the network {number} pictures"):
            return
        *_, found = widgets.watch(channels.excite(recipe, source, t, number), channels.batches(number), "Showing", key)
    best, peak, place = found.strongest(block, picked, SHOWN)
    size, side = found.pictures.shape[1], look.values[look.index(block)].shape[2]
    texts = [short(float(value)) for value in peak]
    st.caption(f"What excites channel {picked} of {block} most among {number} pictures at t = {t}, framed there.")
    framed = [figure.framed(found.pictures[i], divmod(int(at), side), side) for i, at in zip(best, place, strict=True)]
    st.image(framed, texts, width=max(1, TILE // size) * size, output_format="PNG")

    def parts() -> Rows:
        row = [Picture(f"peak {text}", picture) for text, picture in zip(texts, framed, strict=True)]
        return [row[:4], row[4:]]

    widgets.export("Strongest pictures", recipe, parts, lambda: {"pictures": found.pictures[best], "peak": peak})


def asked(text: str) -> bool:
    """A button for work that waits to be asked for; once it is, the button is gone."""
    place = st.empty()
    if not place.button(text, icon=":material/play_arrow:"):
        return False
    place.empty()
    return True


def change(recipe: Recipe, look: Look, block: str, picked: int) -> None:
    """The same seed with the channel silenced or louder, beside the picture as it was."""
    factor = st.slider(
        f"Channel {picked} of {block}, times",
        0.0,
        3.0,
        0.0,
        0.1,
        key="gain",
        bind="query-params",
        help="0 silences it, 1 leaves it, 3 is three times as loud, at every step.",
    )
    key = f"gain-{recipe.key}-{block}-{picked}-{factor}"
    after = channels.regained(recipe, block, picked, factor)
    if after is None:
        if widgets.stopped(key):
            return
        total = len(generate.course(recipe))
        *_, after = widgets.watch(channels.gain(recipe, block, picked, factor), total, "Same seed again", key)
    before_after(recipe, look.chain.x_t[-1], after, "Channel changed")


def before_after(recipe: Recipe, before: np.ndarray, after: np.ndarray, name: str) -> None:
    """Two pictures `(H, W, 3)` in [-1, 1] and their difference."""
    pair, gap = frames.picture(np.stack([before, after])), after - before
    shown = [*pair, signed_rgb(gap, LIMIT)]
    texts = ["as it was", "changed", "difference, ±1"]
    size = max(1, 192 // before.shape[0]) * before.shape[0]
    with st.container(key=name.lower().replace(" ", "-")):
        st.image(shown, texts, width=size, output_format="PNG")
    st.caption(f"RMS difference {short(float(np.sqrt(np.square(gap, dtype=np.float64).mean())))} of a range of ±1.")

    def parts() -> Rows:
        largest = Picture("largest difference of a colour", np.abs(gap).max(-1), "viridis", 0, 2 * LIMIT)
        return [[Picture("as it was", pair[0]), Picture("changed", pair[1]), largest]]

    widgets.export(name, recipe, parts, lambda: {"before": before, "after": after, "difference": gap})


def makers(recipe: Recipe, look: Look, block: str, frame: int) -> None:
    """Which channels of the block make a region of the predicted picture, ranked by what it loses without them."""
    side, at = look.chain.x_t.shape[1], int(look.frames[frame])
    left, right = st.columns([1, 2])
    with left:
        rows = st.slider("Rows", 0, side, _eye(side, 0), key="box-rows", help="Top and bottom of the box, in pixels.")
        columns = st.slider("Columns", 0, side, _eye(side, 1), key="box-columns", help="Left and right of the box.")
        box = (rows[0], columns[0], max(rows[1], rows[0] + 1), max(columns[1], columns[0] + 1))
        guess = figure.marked(frames.picture(look.chain.x0[at : at + 1])[0], box)
        size = max(1, 192 // side) * side
        st.image(guess, f"predicted x₀ at t = {look.t[frame]}", width=size, output_format="PNG")
    count, key = look.values[look.index(block)].shape[1], f"makers-{recipe.key}-{at}-{block}-{box}"
    with right:
        found: Any = channels.ranked(recipe, at, block, box)
        if found is None:
            if widgets.stopped(key) or not asked(f"Silence each of the {count} channels of {block}"):
                return
            work = channels.rank(recipe, look.chain, at, block, box)
            *_, found = widgets.watch(work, channels.batches(count), "Silencing", key)
        order = np.argsort(-found.inside, kind="stable")
        st.plotly_chart(figure.effect_figure(found.inside, found.outside), key="makers")
        best, name = int(order[0]), f"{block}, rows {box[0]} to {box[2]}, columns {box[1]} to {box[3]}"
        st.markdown(f"Channel **{best}** changes the box most: RMS {short(float(found.inside[best]))}.")
        st.button(f"Look at channel {best}", on_click=pick_channel, args=(best,), icon=":material/visibility:")

        def parts() -> Rows:
            names = [f"channel {channel}" for channel in order[:24]]
            bars = Bars(f"RMS change inside the box: {name}", names, found.inside[order[:24]])
            return [[Picture(f"predicted x₀, t = {look.t[frame]}", guess), bars]]

        arrays = {"inside": found.inside, "outside": found.outside, "box": np.array(box)}
        widgets.export("Makers of a region", recipe, parts, lambda: arrays)


def _eye(side: int, axis: int) -> tuple[int, int]:
    """Where the left eye of a cat's face mostly is."""
    middle = (0.44, 0.34)[axis]
    return round((middle - 0.08) * side), round((middle + 0.08) * side)
