"""The truncation film: one seed from its opposite through the mean cat to beyond itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import gan as figures
from studio.figures.digits import short
from studio.figures.parts import Lines, Picture, Rows
from studio.panels import animate
from studio.panels.gan_controls import NO_LENGTH
from studio.scrubber import Pane, Plot, ScrubberState, scrubber
from studio.services import gan, gan_films
from studio.services.gan import PSIS, Look

SCORE = "the discriminator's logit, high for real"
DISTANCE = "length of w − w_avg, mean over the layers"
MOST = 4
SCALES = {1: 6, 2: 4, 3: 3, 4: 3}  # by the number of seeds, so that they stand beside each other
HINTS = (
    "**You see** one seed pulled through the mean cat, ψ = 0, to its opposite, and pushed beyond itself.",
    "**Try** four seeds side by side; truncate only the coarse layers; watch the score fall past ψ = 1.",
    "**Why** near the mean a generator has seen most: truncation trades variety for cats that look right.",
)


def show(look: Look) -> None:
    """The film with its two curves, or the reason why there is none."""
    if gan.steered_by(look.recipe.checkpoint) == "direction":
        st.info(f"{NO_LENGTH} Pick a checkpoint of family stylegan2 to see this.", icon=":material/block:")
        return
    number = st.slider(
        "Seeds side by side", 1, MOST, 1, key="beside", bind="query-params", help="They meet in the mean cat, at ψ = 0."
    )
    looks = [replace(look, psi=1.0, recipe=replace(look.recipe, seed=look.recipe.seed + i)) for i in range(number)]
    bar, stage = st.container(key="busy", vertical_alignment="center").empty(), st.container()
    with bar.container():
        films = _films(looks)
    bar.caption(replace(look, psi=1.0).line())
    with stage:
        shown = _film(look, looks, films)
    names = [f"seed {each.recipe.seed}" for each in looks]
    grid = st.grid(2, min_column_width=340)
    for key, title, unit, says in (
        ("score", "What the discriminator thinks", "logit", SCORE),
        ("distance", "Distance to the mean", "‖w − w_avg‖", DISTANCE),
    ):
        curves = {name: getattr(film, key) for name, film in zip(names, films, strict=True)}
        figure = figures.truncation_figure(PSIS, curves, title=title, unit=unit, says=says)
        grid.cell().plotly_chart(figure, key=f"psi-{key}")
    psi = float(PSIS[shown.frame])
    with st.container(horizontal=True):
        st.button(
            f"Use ψ = {short(psi)} on the whole page",
            icon=":material/check:",
            on_click=_use,
            args=(psi,),
            disabled=psi == look.psi,
        )
        animate.offer("Truncation", look.recipe, _panes(looks, films), _labels(films))
        _export(look, names, films, shown.frame)


def _films(looks: Sequence[Look]) -> list[Any]:
    """The film of each seed; what is not known yet is made under a bar."""
    films = []
    for each in looks:
        film, key = gan_films.known_truncation(each), f"film-{each.name}"
        if film is None:
            if widgets.stopped(key):
                st.stop()
            text = f"Truncating seed {each.recipe.seed}"
            *_, film = widgets.watch(gan_films.truncation(each), gan.parts(len(PSIS)), text, key)
        films.append(film)
    return films


def _film(look: Look, looks: Sequence[Look], films: Sequence[Any]) -> ScrubberState:
    return scrubber(
        _panes(looks, films),
        key="psi-film",
        labels=_labels(films),
        scale=SCALES[len(films)],
        start=int(np.abs(PSIS - look.psi).argmin()),
        ticks=[int(np.abs(PSIS - at).argmin()) for at in (-1, -0.5, 0, 0.5, 1, 1.5)],
        plots=[Plot("psi-score", PSIS), Plot("psi-distance", PSIS)],
        name="Truncation ψ",
        caption=look.line(),
        report=True,
        chain=f"film-{'-'.join(each.name for each in looks)}",
    )


def _panes(looks: Sequence[Look], films: Sequence[Any]) -> list[Pane]:
    says = "At 0 the mean of all cats, at 1 the seed's own, below 0 its opposite."
    return [Pane(f"seed {each.recipe.seed}", film.pictures, says) for each, film in zip(looks, films, strict=True)]


def _labels(films: Sequence[Any]) -> list[str]:
    return [_label(psi, films, i) for i, psi in enumerate(PSIS)]


def _label(psi: float, films: Sequence[Any], i: int) -> str:
    place = {-1.0: " · the anti-cat", 0.0: " · the mean cat", 1.0: " · the seed itself"}.get(float(psi), "")
    scores = ", ".join(short(float(film.score[i])) for film in films)
    return f"ψ = {short(float(psi))}{place} · score {scores}"


def _use(psi: float) -> None:
    st.session_state["psi"] = psi


def _export(look: Look, names: Sequence[str], films: Sequence[Any], frame: int) -> None:
    def parts() -> Rows:
        at = [int(np.abs(PSIS - psi).argmin()) for psi in (-1, -0.5, 0, 0.5, 1, 1.5)]
        strips = [
            [Picture(f"{name}, ψ = {short(float(PSIS[i]))}", film.pictures[i]) for i in at]
            for name, film in zip(names, films, strict=True)
        ]
        now = [
            Picture(f"{name}, ψ = {short(float(PSIS[frame]))}", film.pictures[frame])
            for name, film in zip(names, films, strict=True)
        ]
        score = Lines(SCORE, PSIS, {n: f.score for n, f in zip(names, films, strict=True)}, "ψ", "logit")
        distance = Lines(DISTANCE, PSIS, {n: f.distance for n, f in zip(names, films, strict=True)}, "ψ", "length")
        return [now, *strips, [score, distance]]

    def arrays() -> dict[str, np.ndarray]:
        stacked = {key: np.stack([getattr(film, key) for film in films]) for key in ("pictures", "score", "distance")}
        return {"psi": PSIS, "seeds": np.array(names), **stacked}

    widgets.export("Truncation", look.recipe, parts, arrays)
