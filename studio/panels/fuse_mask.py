"""Masked fusion: paint which cat owns which region, and let the end of a chain make one cat of the parts."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import streamlit as st

from studio import state, widgets
from studio.panels import animate, fuse_layers, fuse_mask_numbers
from studio.panels.fuse_mask_numbers import label
from studio.panels.tabs import hints
from studio.recipe import Recipe
from studio.scrubber import Pane, Plot, ScrubberState, scrubber
from studio.scrubber.brush import brush
from studio.services import mask, mask_film, regions
from studio.services.cats import Cat
from studio.services.mask import Ask, Film
from studio.services.painted import HALF, Painted
from studio.services.regions import Region

NAME = "By regions"
HINTS = (
    "**You see** the collage under your hand; below it, what each method makes of it, from the collage to pure noise.",
    "**Try** A's eyes in B's face, a whole region by its chip, a soft edge; then the slider, to where the seam heals.",
    "**Why** noise hides the seam from the network, which then draws the one cat that fits what is left of both.",
)
CUT = "Scissors"
BOARD, STAGE = 384, 192  # px that the collage, and each method's picture, may be wide


def show(recipe: Recipe, cats: tuple[Cat, Cat]) -> None:
    """The brush, the films of all methods, their numbers; then the same two cats layer by layer.

    Whatever sampler the recipe names, these chains are DDIM's, as the inversions are: the recipe of a file says so.
    """
    ask = Ask(replace(recipe, sampler="ddim"), cats, _painted())
    bar, board = st.container(key="busy", vertical_alignment="center").empty(), st.container()
    stage, below = st.container(), st.container()
    with bar.container():
        if not _looked(ask):
            return
    with board:
        _paint(ask)
    with bar.container():
        film, shown = _film(ask, stage)
        numbers = fuse_mask_numbers.measured(ask, film) if film is not None and film.done else None
    if film is None:
        return
    if numbers is not None:
        bar.caption(line(ask))
    with below:
        hints(HINTS)
        if numbers is not None:
            fuse_mask_numbers.show(film, numbers, shown.frame)
        with st.container(horizontal=True):
            fuse_mask_numbers.export(NAME, ask, film, numbers, shown.frame)
            animate.offer(NAME, ask.recipe, _panes(film), _labels(film))
        fuse_layers.show(recipe, cats)


def line(ask: Ask) -> str:
    """All that was asked, for a person to read."""
    a, b = (cat.line() for cat in ask.cats)
    share = int(100 * ask.painted.share + 0.5)  # rounded as beside the brush
    chain = f"{ask.recipe.checkpoint} · noise {ask.recipe.seed} · DDIM, {ask.recipe.steps} steps"
    return f"{100 - share}% of {a}, {share}% of {b} · {chain}"


def _painted() -> Painted:
    """The mask of the address, or the one painted before on another page, or half and half."""
    text = st.query_params.get("mask") or st.session_state.get("kept mask", "")
    try:
        painted = Painted.read(text) if text else HALF
    except ValueError as error:
        state.say(f"In the address, {error}")
        painted = HALF
    state.keep("mask", "" if painted == HALF else str(painted))
    return painted


def _hear(painted: Painted) -> None:
    state.keep("mask", "" if painted == HALF else str(painted))


def _looked(ask: Ask) -> bool:
    """Whether both cats are drawn and looked at; what is missing is done under a bar."""
    checkpoint = ask.recipe.checkpoint
    key = f"regions-{checkpoint}-{ask.cats}"
    if all(regions.known(cat, checkpoint) for cat in ask.cats):
        return True
    if widgets.stopped(key):
        return False

    def looks() -> Iterator[bool]:
        for cat in ask.cats:
            for _ in regions.look(cat, checkpoint):
                yield True

    total = sum(2 if cat.photo else 22 for cat in ask.cats)
    for _ in widgets.watch(looks(), total, "Drawing the cats and reading attention", key):
        pass
    return True


@st.cache_data(max_entries=32, show_spinner=False)
def _regions(digest: tuple[str, str], groups: int, _cat: Cat, _checkpoint: str) -> list[Region]:
    return regions.found(_cat, _checkpoint, groups)


def _paint(ask: Ask) -> None:
    """The brush; the number of regions stands under it, and is read first."""
    place, under = st.container(), st.columns([1, 2])
    groups = under[0].slider(
        "Regions of each cat",
        2,
        8,
        regions.GROUPS,
        key="regions",
        bind="query-params",
        help="Groups of pixels whose attention goes to the same places; approximate.",
    )
    checkpoint = ask.recipe.checkpoint
    found = [_regions(regions.key(cat, checkpoint), groups, cat, checkpoint) for cat in ask.cats]
    with place:
        a, b = mask.pictures(ask)
        brush(
            a,
            b,
            ask.painted,
            key="brush",
            name="The collage of both cats",
            titles=(ask.cats[0].line(), ask.cats[1].line()),
            regions=(found[0], found[1]),
            on_paint=_hear,
            scale=max(1, BOARD // len(a)),
        )


def _film(ask: Ask, stage: st.container) -> tuple[Film | None, ScrubberState | None]:
    """The film, shown as it grows: a draft, then full quality; what was cancelled stays as far as it came."""
    film, key, shown = mask.known(ask), f"mask-{ask.name}", None
    if film is None and widgets.stopped(key):
        film = mask.partial(ask)
    elif film is None:
        taken = 0
        for film in widgets.watch(mask_film.film(ask), mask_film.steps(ask), "Fusing", key):
            if shown is None:
                with stage:
                    shown = _scrubber(ask, film)
            elif film.taken > taken:
                shown.update(_panes(film), labels=_labels(film), plots=_plots(film))
            taken = film.taken
    if film is not None and shown is None:
        with stage:
            shown = _scrubber(ask, film)
    return film, shown


def _scrubber(ask: Ask, film: Film) -> ScrubberState:
    return scrubber(
        _panes(film),
        key="masked",
        labels=_labels(film),
        scale=max(1, STAGE // len(film.cut)),
        start=int(np.abs(film.starts - ask.recipe.start).argmin()),
        strip=1,
        plots=_plots(film),
        name="Share of the chain that runs",
        caption=line(ask),
        report=True,
        chain=f"mask-{len(film.starts)}-{ask.recipe.start}",
    )


def _panes(film: Film) -> list[Pane]:
    cut = np.repeat(film.cut[None], len(film.starts), axis=0)
    made = [Pane(title, film.pictures[name], says) for name, (title, says) in mask.methods().items()]
    return [Pane(CUT, cut, "The two pictures, cut and put together: no network."), *made]


def _labels(film: Film) -> list[str]:
    return [label(film, i) for i in range(len(film.starts))]


def _plots(film: Film) -> list[Plot]:
    return [Plot(key, film.starts.tolist()) for key in fuse_mask_numbers.PLOTS]
