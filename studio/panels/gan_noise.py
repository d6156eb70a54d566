"""Noise: the same cat without it, with the stored one and with a hundred random ones; which pixels are free."""

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import gan as figures
from studio.figures.colour import heat
from studio.figures.digits import short
from studio.figures.parts import Bars, Picture, Rows
from studio.panels import gan_controls
from studio.scrubber import Legend, Pane, scrubber
from studio.services import gan, gan_films
from studio.services.gan import Look

UNIT = "std, range ±1"
DRAWS = 100
HINTS = (
    "**You see** one cat under many random noises; bright pixels are free: noise alone decides them.",
    "**Try** dragging through the noises, then ψ at 0.5; the bars say which layers take noise at all.",
    "**Why** a style cannot place every hair; noise does that, so that the styles keep to what matters.",
)


def show(look: Look) -> None:
    """Three ways of noise side by side, and the standard deviation of each pixel as draws come in."""
    if not gan_controls.styles(look):
        return
    number = st.slider(
        "Draws", 10, 2 * DRAWS, DRAWS, 10, key="draws", bind="query-params", help="More draws, a surer map."
    )
    found, key = gan_films.known_noise(look, number), f"noise-{look.name}-{number}"
    bar, stage = st.container(key="busy", vertical_alignment="center").empty(), st.container()
    with bar.container():
        if found is None:
            if widgets.stopped(key):
                st.stop()
            *_, found = widgets.watch(gan_films.noise(look, number), gan.parts(number), "Drawing noise", key)
    bar.caption(f"{replace(look, noise='fixed').line()} · {number} random noises")
    with stage:
        frame = _film(look, found, number)
    strengths = gan_films.strengths(look.recipe.checkpoint)
    st.plotly_chart(figures.strength_figure(strengths), key="strengths")
    _export(look, found, strengths, frame)


def _film(look: Look, found: Any, number: int) -> int:
    off, fixed = (_still(look, kind, number) for kind in ("none", "fixed"))
    high = float(found.std[-1].max()) or 1.0
    panes = [
        Pane("off", off, "No noise at all."),
        Pane("fixed", fixed, "The noise that is stored in the weights."),
        Pane("random", found.pictures, "Another noise at each frame; styles stay as they are."),
        Pane(
            "free pixels",
            heat(found.std, 0, high),
            "Standard deviation of each pixel over the draws so far.",
            Legend("viridis", 0, high, UNIT),
        ),
    ]
    return scrubber(
        panes,
        key="noise-film",
        labels=[
            f"random noise {k} · deviation over {k + 1} draws, mean {short(_mean(found, k))}" for k in range(number)
        ],
        ticks=range(0, number, 10),
        strip=2,
        name="Random noise",
        caption=look.line(),
        report=True,
        chain=f"noise-{look.name}-{number}",
    ).frame


def _still(look: Look, noise: str, number: int) -> np.ndarray:
    """One picture as a film of itself."""
    picture = gan.pictures(replace(look, noise=noise, draw=0), [look.recipe.seed])
    return picture.repeat(number, axis=0)


def _mean(found: Any, k: int) -> float:
    return float(found.std[k].mean())


def _export(look: Look, found: Any, strengths: dict[str, float], frame: int) -> None:
    def parts() -> Rows:
        stills = [
            Picture(title, gan.pictures(replace(look, noise=noise, draw=0), [look.recipe.seed])[0])
            for title, noise in (("off", "none"), ("fixed", "fixed"))
        ]
        high = float(found.std[-1].max())
        free = Picture(f"free pixels over {len(found.std)} draws", found.std[-1], "viridis", 0, high, UNIT)
        row = [*stills, Picture(f"random noise {frame}", found.pictures[frame]), free]
        return [row, Bars("How much noise each layer takes", list(strengths), list(strengths.values()), "factor")]

    def arrays() -> dict[str, np.ndarray]:
        named = {"layers": np.array(list(strengths)), "strengths": np.array(list(strengths.values()))}
        return {"std": found.std[-1], "pictures": found.pictures, **named}

    widgets.export("Noise", look.recipe, parts, arrays)
