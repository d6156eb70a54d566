"""ADA: what the discriminator is shown at each probability p, whether it overfits, and p over a run."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.ada import course_figure, sign_figure
from studio.figures.digits import short
from studio.figures.parts import Lines, Picture, Rows
from studio.panels import animate
from studio.scrubber import Pane, Plot, scrubber
from studio.services import ada, opinion
from studio.services.ada import Film
from studio.services.gan import Look

NAME = "ADA"
COLUMNS = 4
PLOT = "ada-signs"
SETS = {"faces": "fit for faces", "every": "every one"}
HINTS = (
    "**You see** real and generated pictures as a discriminator would, each change made with probability p.",
    "**Try** p = 0.8, then every transformation: upside-down cats would soon be drawn, too.",
    "**Why** a discriminator that knows its pictures by heart calls all of them real; seeing them changed, it cannot.",
)


def show(look: Look) -> None:
    """The film over p, the sign r at each of them, and what runs logged."""
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    source = left.text_input(
        "Real pictures", "drawn", key="real", bind="query-params", help="`drawn`, or a folder or zip on this machine."
    )
    source = source.strip() or "drawn"
    which = middle.segmented_control(
        "Transformations",
        list(SETS),
        default="faces",
        required=True,
        format_func=SETS.get,
        key="set",
        bind="query-params",
        help="Every one adds quarter turns, negatives, hues, noise and holes.",
    )
    draw = right.number_input("Chance", 0, 9999, 0, key="chance", bind="query-params", help="Another throw of dice.")
    st.caption("Changes: " + ", ".join(ada.names(which == "every")) + ".")
    film = _film(look, source, which == "every", int(draw))
    if film is None:
        return
    _explain(look, film)
    _runs()
    animate.offer(NAME, look.recipe, _panes(film), _labels(look, film))
    widgets.export(NAME, look.recipe, lambda: _parts(look, film), lambda: _arrays(film))


def _film(look: Look, source: str, every: bool, draw: int) -> Film | None:
    """The film as it comes, under one slider that is p."""
    key, film = f"ada-{look.name}-{source}-{every}-{draw}", ada.known(look, source, every, draw)
    bar, shown = st.container(key="busy", vertical_alignment="center").empty(), None
    place = st.container()
    if film is None:
        with bar.container():
            if widgets.stopped(key):
                return None
            for film in widgets.watch(ada.film(look, source, every, draw), len(ada.PS), "Changing pictures", key):
                if shown is None:
                    with place:
                        shown = _scrubber(look, film, key)
                else:
                    shown.update(_panes(film), labels=_labels(look, film), plots=_plots())
    bar.caption(look.line())
    if shown is None:
        with place:
            _scrubber(look, film, key)
    return film


def _scrubber(look: Look, film: Film, key: str) -> object:
    return scrubber(
        _panes(film),
        key="ada",
        labels=_labels(look, film),
        total=len(ada.PS),
        start=0,
        strip=None,
        scale=1,
        plots=_plots(),
        name="p",
        caption=look.line(),
        chain=key,
    )


def _panes(film: Film) -> list[Pane]:
    kinds = {
        "real": (film.real, "Real pictures as the discriminator is shown them."),
        "generated": (film.fake, "Generated pictures, changed by the same rules."),
    }
    return [
        Pane(name, np.stack([frames.sheet(each, 1, COLUMNS) for each in pictures]), help)
        for name, (pictures, help) in kinds.items()
    ]


def _labels(look: Look, film: Film) -> list[str]:
    return [f"p = {p:g} · r = {short(r)}" for p, r in zip(ada.PS, film.r(_middle(look)), strict=False)]


def _plots() -> list[Plot]:
    return [Plot(PLOT, ada.PS.tolist())]


def _middle(look: Look) -> float:
    """The score between real and not."""
    return 0.5 if opinion.unit(look) == "probability" else 0.0


def _explain(look: Look, film: Film) -> None:
    """The curves, and in words what r says of this discriminator."""
    middle = _middle(look)
    fake = np.sign(film.fake_scores - middle).mean(1)
    curves = {"real: r": film.r(middle), "generated": fake}
    st.plotly_chart(sign_figure(ada.PS, curves, ada.TARGET), key=PLOT)
    r = float(film.r(middle)[0])
    taken = round((r + 1) / 2 * film.real.shape[1])
    verdict = (
        f"above the target {ada.TARGET:g}, so ADA would raise p"
        if r > ada.TARGET
        else f"not above the target {ada.TARGET:g}, so ADA would lower p, or leave it at 0"
    )
    st.markdown(
        f"**r = mean sign D(real)** is {short(r)} at p = 0: {taken} of {film.real.shape[1]} real pictures are taken "
        f"for it. That is {verdict}. Near 1 the discriminator is sure of every picture it was trained on, near 0 it "
        "guesses. On pictures that it never saw, r says how far its opinion carries."
    )


def _runs() -> None:
    """p and r as a run logged them."""
    runs = ada.runs()
    if not runs:
        st.caption("No run in your Whisker home logged p; one trained with `--set adversarial.augment=ada` does.")
        return
    name = st.selectbox("Run", list(runs), key="run", bind="query-params", help="Runs trained with ADA, latest first.")
    course = runs[name]
    st.plotly_chart(course_figure(course.images, course.p, course.r, ada.TARGET), key="ada-run")


def _parts(look: Look, film: Film) -> Rows:
    shown = [int(np.abs(ada.PS - p).argmin()) for p in (0, 0.4, 0.8)]
    rows = [
        [Picture(f"{name}, p = {ada.PS[i]:g}", frames.sheet(pictures[i], 1, COLUMNS)) for i in shown]
        for name, pictures in (("real", film.real), ("generated", film.fake))
    ]
    return [*rows, Lines("r by p", ada.PS, {"r": film.r(_middle(look))}, "p", "r")]


def _arrays(film: Film) -> dict[str, np.ndarray]:
    return {"p": ada.PS, **vars(film)}
