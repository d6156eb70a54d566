"""Every way between the cats as a row, all moved by one slider."""

from collections.abc import Iterator, Mapping

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures.digits import short
from studio.panels import animate, fuse_numbers
from studio.panels.fuse_numbers import Shown
from studio.panels.tabs import hints
from studio.scrubber import Pane, Plot, ScrubberState, scrubber
from studio.services import fuse, library, paths
from studio.services.fuse import Ask, Film, Row

NAME = "All ways"
HINTS = (
    "**You see** one path from cat to cat by each way there is; the slider, or a hand on any row, moves them all.",
    "**Try** two very different cats, the noise level, constant speed; look at the middle of each row.",
    "**Why** noise has a length: mixed straight it gets shorter, and the network takes the shortfall for blur.",
)


def show(ask: Ask) -> None:
    """The rows while they grow and once they are whole; the numbers as soon as the quick rows are there."""
    rows = _picked(ask)
    if not rows:
        st.info("Pick at least one way to fuse by.", icon=":material/block:")
        return
    constant = st.toggle(
        "Constant speed",
        key="constant",
        bind="query-params",
        help="Draw each row at the λ between which its features move equally far.",
    )
    bar, stage, below = st.container(key="busy", vertical_alignment="center").empty(), st.container(), st.container()
    key = f"fuse-{line(ask)}-{constant}-{len(rows)}"
    found = {
        row.name: _known(ask, row, constant) or Shown(row, None, reason=_refusals(key).get(row.name, ""))
        for row in rows
    }
    lacking = [each.row for each in found.values() if not each.final]
    with stage:
        film = _scrubber(ask, found, report=not lacking)
    if not lacking or widgets.stopped(key):
        bar.caption(line(ask))
        _under(ask, found, film.frame, below)
        return
    with bar.container():
        _grow(ask, found, lacking, constant, film, below, key)
    st.rerun()


def line(ask: Ask) -> str:
    """All that was asked, for a person to read."""
    recipe, cats = ask.recipe, [cat.line() for cat in ask.cats]
    stations = " → ".join([*cats, cats[0]] if ask.loop else cats)
    return f"{stations} · {recipe.checkpoint} · noise {recipe.seed} · {recipe.steps} steps, the last {recipe.start:.0%}"


def _picked(ask: Ask) -> list[Row]:
    rows = {row.name: row for row in fuse.rows(ask.recipe.checkpoint)}
    names = st.pills(
        "Ways",
        list(rows),
        default=list(rows),
        selection_mode="multi",
        key="ways",
        bind="query-params",
        help="Each has its title at its row. A GAN looks for the cats first; that takes longest.",
    )
    return [rows[name] for name in rows if name in names]


def _grow(
    ask: Ask,
    found: dict[str, Shown],
    lacking: list[Row],
    constant: bool,
    film: ScrubberState,
    below: st.container,
    key: str,
) -> None:
    """Draw what is not known yet: every second frame of the quick rows, the rest of them, then rows with a search."""
    total = sum((2 if constant else 1) * fuse.passes(ask, row) for row in lacking)
    said = False
    for news in widgets.watch(_growing(ask, lacking, constant), total, "Fusing", key):
        if news is None:
            continue
        before, found[news.row.name] = found[news.row.name], news
        if news.reason:
            st.session_state["fuse refused"] = (key, {**_refusals(key), news.row.name: news.reason})
        if news.numbers is None or before.film is None:  # else the same pictures, and now their numbers
            film.update(_panes(ask, found), labels=labels(ask), plots=_plots(ask))
        if not said and all(each.final for each in found.values() if not each.row.slow):
            said = True
            _under(ask, found, film.frame, below)


def _under(ask: Ask, found: Mapping[str, Shown], at: int, below: st.container) -> None:
    """Hints, numbers and files of the rows that are whole, and why others are not there."""
    with below:
        hints(HINTS)
        fuse_numbers.show(ask, found, at, labels(ask)[at])
        with st.container(horizontal=True):
            fuse_numbers.export(NAME, ask, found, at, labels(ask)[at])
            animate.offer("Between cats", ask.recipe, _panes(ask, found), labels(ask))
        for each in found.values():
            if each.reason:
                st.warning(f"{each.row.title}: {each.reason}", icon=":material/block:")


def _refusals(key: str) -> dict[str, str]:
    """Why rows could not be had, by name, as far as the same was asked in the run before: it is not tried again."""
    asked, reasons = st.session_state.get("fuse refused", ("", {}))
    return reasons if asked == key else {}


def _known(ask: Ask, row: Row, constant: bool) -> Shown | None:
    """A row that was made before, with its numbers; None if a part of it was not."""
    try:
        film = fuse.known(ask, row)
        if film is None:
            return None
        numbers = paths.measured(ask, film)
        if not constant:
            return Shown(row, film, numbers)
        film = fuse.known(ask, row, paths.constant(ask, numbers))
        return film and Shown(row, film, paths.measured(ask, film))
    except (ValueError, LookupError) as error:
        return Shown(row, None, reason=str(error.args[0]))


def _growing(ask: Ask, rows: list[Row], constant: bool) -> Iterator[Shown | None]:
    """News of the rows, None for a step that brings none; a row that cannot be had says why, and the others go on."""
    quick, slow = ([row for row in rows if row.slow == kind] for kind in (False, True))
    failed = set()
    for row, draft in [(row, draft) for part in (quick, slow) for draft in (True, False) for row in part]:
        if row.name in failed:
            continue
        try:
            yield from _one(ask, row, draft, constant)
        except (ValueError, LookupError) as error:
            failed.add(row.name)
            yield Shown(row, None, reason=str(error.args[0]))


def _one(ask: Ask, row: Row, draft: bool, constant: bool) -> Iterator[Shown | None]:
    """A row's film, or a draft of it, then its numbers; for constant speed the film drawn anew."""
    yield from _steps(row, fuse.film(ask, row, draft=draft))
    if draft:
        return
    film = fuse.known(ask, row)
    numbers = paths.measured(ask, film)
    if constant:
        yield from _steps(row, fuse.film(ask, row, lams := paths.constant(ask, numbers)))
        film = fuse.known(ask, row, lams)
        numbers = paths.measured(ask, film)
    yield Shown(row, film, numbers)


def _steps(row: Row, growing: Iterator[Film | None]) -> Iterator[Shown | None]:
    """Hand a film on when frames have come."""
    there = 0
    for film in growing:
        news = film is not None and film.here.sum() > there
        there = int(film.here.sum()) if news else there
        yield Shown(row, film) if news else None


def _panes(ask: Ask, found: Mapping[str, Shown]) -> list[Pane]:
    size = library.find(ask.recipe.checkpoint).size
    grey = np.full((len(ask.places), size, size, 3), 128, np.uint8)
    return [
        Pane(each.row.title, grey if each.film is None else each.film.pictures, each.reason or each.row.says)
        for each in found.values()
    ]


def labels(ask: Ask) -> list[str]:
    """A line for each frame."""
    last = len(ask.legs)
    return [_label(float(place), last, ask) for place in ask.places]


def _label(place: float, legs: int, ask: Ask) -> str:
    leg = min(int(place), legs - 1)
    lam = short(round(place - leg, 3))
    return f"λ = {lam}" if legs == 1 else f"λ = {lam} · from {ask.legs[leg][0].line()} to {ask.legs[leg][1].line()}"


def _plots(ask: Ask) -> list[Plot]:
    return [Plot(key, ask.places) for key in fuse_numbers.PLOTS]


def _scrubber(ask: Ask, found: Mapping[str, Shown], report: bool) -> ScrubberState:
    """The rows; while they grow a resting hand is not reported, as a new run would begin the search anew."""
    return scrubber(
        _panes(ask, found),
        key="fuse-film",
        labels=labels(ask),
        start=len(ask.places) // 2 if len(ask.legs) == 1 else 0,
        scale=2,
        strip=None,
        ticks=[i for i, place in enumerate(ask.places) if float(9 * place).is_integer()],
        plots=_plots(ask),
        name="λ",
        caption=line(ask),
        report=report,
        chain=f"fuse-{len(ask.places)}",
        rows=True,
    )
