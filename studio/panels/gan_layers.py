"""What each layer's style does: swap one alone, see the picture move and how far each feature map follows."""

from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import gan as figures
from studio.figures.colour import heat
from studio.figures.digits import short
from studio.figures.parts import Picture, Rows
from studio.panels import gan_controls
from studio.scrubber import Legend, Pane, Plot, ScrubberState, scrubber
from studio.services import gan_films
from studio.services.gan import Look

OTHERS, MOST_OTHERS = 8, 32
UNIT = "|Δ|"
HINTS = (
    "**You see** what changes when one layer alone gets another cat's style; the matrix follows it through the net.",
    "**Try** moving from 4 px to the colours; one seed instead of eight; a colour scale for each layer.",
    "**Why** what is left of the diagonal stays at 0: a style never changes what was computed before it.",
)


def show(look: Look) -> None:
    """Layer by layer: the swapped picture, where it changes, and the matrix of layers against feature maps."""
    if not gan_controls.styles(look):
        return
    left, right = st.columns(2)
    others = left.slider(
        "Seeds that lend", 1, MOST_OTHERS, OTHERS, key="others", bind="query-params", help="Changes are their mean."
    )
    shared = right.toggle(
        "One colour scale", True, key="shared", bind="query-params", help="For all layers; off, each has its own."
    )
    found, key = gan_films.known_effects(look, others), f"effects-{look.name}-{others}"
    bar, stage = st.container(key="busy", vertical_alignment="center").empty(), st.container()
    with bar.container():
        if found is None:
            if widgets.stopped(key):
                st.stop()
            *_, found = widgets.watch(gan_films.effects(look, others), others, "Swapping styles", key)
    bar.caption(f"{look.line()} · styles of seeds {look.recipe.seed + 1} to {look.recipe.seed + others}")
    with stage:
        _film(look, found, shared)
    st.plotly_chart(figures.effect_figure(found.layers, found.maps, found.matrix), key="effects")
    _export(look, found)


def _film(look: Look, found: Any, shared: bool) -> ScrubberState:
    number = len(found.layers)
    tops = np.full(number, found.change.max()) if shared else found.change.max((1, 2))
    tops = np.where(tops > 0, tops, 1.0)
    maps = found.change / tops[:, None, None]
    legend = Legend("viridis", 0, float(tops[0]), UNIT) if shared else Legend("viridis", 0, 1, "of its own")
    last = look.recipe.seed + found.others
    panes = [
        Pane("as it is", found.picture[None].repeat(number, axis=0), "The seed's own picture."),
        Pane("one layer swapped", found.swapped, f"This layer alone has the style of seed {last}."),
        Pane(
            "where it changes",
            heat(maps, 0, 1),
            "Mean absolute change |Δ| of each pixel, range ±1, over all lending seeds.",
            legend,
        ),
    ]
    means = found.change.mean((1, 2))
    return scrubber(
        panes,
        key="layer-film",
        labels=[f"{name} · mean change {short(float(m))}" for name, m in zip(found.layers, means, strict=True)],
        start=0,
        strip=2,
        plots=[Plot("effects", range(number))],
        name="Layer",
        caption=look.line(),
        fps=2,
        chain=f"effects-{look.name}-{found.others}",
    )


def _export(look: Look, found: Any) -> None:
    def parts() -> Rows:
        high = float(found.change.max())
        pictures = [Picture(name, picture) for name, picture in zip(found.layers, found.swapped, strict=True)]
        maps = [
            Picture(name, change, "viridis", 0, high, UNIT, bar=name == found.layers[-1])
            for name, change in zip(found.layers, found.change, strict=True)
        ]
        matrix = Picture(
            "style changed (row), relative change of a feature map (column)",
            found.matrix,
            "viridis",
            0,
            float(found.matrix.max()),
            "‖Δ‖/‖f‖",
            rows=found.layers,
            columns=found.maps,
        )
        half = -(-len(maps) // 2)
        return [pictures[:half], pictures[half:], maps[:half], maps[half:], matrix]

    def arrays() -> dict[str, np.ndarray]:
        named = {"layers": np.array(found.layers), "maps": np.array(found.maps)}
        return {**named, "change": found.change, "matrix": found.matrix, "swapped": found.swapped}

    widgets.export("Layers", look.recipe, parts, arrays)
