"""All heads of all layers, for the current step and pixel: as thumbnails to click, and as numbers to sort."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import attention
from studio.figures.parts import Picture, Rows, Table
from studio.panels.attention_controls import MEAN
from studio.panels.attention_stage import EVEN, OWN
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane, scrubber
from studio.services import attend, knock
from studio.services.attend import Look, View

LOOKS, RECEIVED = "where the pixel looks", "what all look at"
COLUMNS = {
    "layer": ("layer", None, "Where in the network"),
    "head": ("head", "%d", "Counted from 1"),
    "entropy": ("entropy, bits", "%.2f", "Mean over pixels: 0 looks at one pixel, log₂ N looks everywhere"),
    "spread": ("entropy, share", "%.2f", "Of the largest possible, so that layers compare"),
    "reach": ("reach, px", "%.1f", "Mean distance it looks, in pixels of the picture"),
    "peak": ("peak, × mean", "%.1f", "How much the most looked-at pixel is looked at"),
    "damage": ("damage, RMS", "%.3f", "Of the picture when this head is off; rank the heads first"),
    "distance": ("lite0 distance", "%.4f", "1 − cosine of EfficientNet-Lite0 features without this head"),
}


def thumbnails(recipe: Recipe, look: Look, view: View, frame: int) -> None:
    """A sheet with a column per layer and a row per head; a click picks layer and head."""
    kind = st.segmented_control(
        "Thumbnails of",
        [LOOKS, RECEIVED],
        default=LOOKS,
        required=True,
        key="sheet",
        bind="query-params",
    )
    own = [i for i, layer in enumerate(look.attention.layers) if not layer.cross]
    maps = [attend.looked(look, i, view.pixel) if kind == LOOKS else attend.received(look, i) for i in own]
    tiles = [[attend.head(part, None)[frame], *part[frame]] for part in maps]
    high = attention.top_of([tile for column in tiles for tile in column])
    if not view.shared:
        tiles, high = [[attention.own(tile) for tile in column] for column in tiles], 1.0
    titles = [look.attention.layers[i].title for i in own]
    rows = [MEAN, *(f"head {number + 1}" for number in range(len(tiles[0]) - 1))]
    picture = attention.sheet(tiles, [title.replace(" ", "\n", 1).replace(" · ", "\n") for title in titles], rows, high)
    unit = EVEN if view.shared else OWN
    scrubber(
        [
            Pane(
                f"all heads, {kind}",
                picture[None],
                "Click one to see it above.",
                Legend("viridis", 0, high, unit),
            )
        ],
        key="heads",
        labels=["this step"],
        scale=1,
        strip=None,
        pick=True,
        pixel=attention.corner(0 if view.head is None else view.head + 1, own.index(view.layer)),
        cell=attention.PITCH,
        on_pick=_picking(titles, len(rows)),
    )

    def parts() -> Rows:
        return [
            [
                Picture(f"{title}, {name}", tile, "viridis", 0, high, unit, bar=name == rows[-1])
                for name, tile in zip(rows, column, strict=True)
            ]
            for title, column in zip(titles, tiles, strict=True)
        ]

    widgets.export("All heads", recipe, parts, lambda: {f"layer{i}": part for i, part in zip(own, maps, strict=True)})


def numbers(recipe: Recipe, look: Look, frame: int) -> None:
    """The measures of every head; a click on a column's name sorts."""
    now = st.toggle("This step only", key="now", bind="query-params", help="Otherwise means over the whole chain.")
    table = attend.table(look, frame if now else None, knock.ranked(recipe).harm)
    there = {name: values for name, values in table.items() if name == "layer" or not np.isnan(values).all()}
    config = {
        name: st.column_config.TextColumn(title, help=says)
        if form is None
        else st.column_config.NumberColumn(title, format=form, help=says)
        for name, (title, form, says) in COLUMNS.items()
    }
    st.dataframe(there, hide_index=True, column_config=config, key="numbers", width="stretch")

    def parts() -> Rows:
        rows = [list(row) for row in zip(*there.values(), strict=True)]
        return [Table("Heads", [COLUMNS[name][0] for name in there], rows)]

    widgets.export(
        "Numbers of heads", recipe, parts, lambda: {name: np.array(column) for name, column in there.items()}
    )


def _picking(titles: list[str], rows: int) -> Callable[[int, int], None]:
    def pick(row: int, column: int) -> None:
        y, x = attention.cell((row, column))
        if 0 <= x < len(titles) and 0 <= y < rows:
            st.session_state["layer"], st.session_state["head"] = titles[x], MEAN if y == 0 else str(y)

    return pick
