"""Every way between the cats as a row, all moved by one slider, and under it what each path is worth in numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import fuse as figures
from studio.figures.digits import short
from studio.figures.parts import Lines, Picture, Rows, Table
from studio.panels import animate
from studio.scrubber import Pane, Plot, ScrubberState, scrubber
from studio.services import fuse, paths
from studio.services.fuse import Ask, Film, Row
from studio.services.paths import Numbers

NAME = "All ways"
HINTS = (
    "**You see** one path from cat to cat by each way there is; the slider, or a hand on any row, moves them all.",
    "**Try** two very different cats, the noise level, constant speed; look at the middle of each row.",
    "**Why** noise has a length: mixed straight it gets shorter, and the network takes the shortfall for blur.",
)


@dataclass(frozen=True)
class Shown:
    """A row with its film and, once that is whole, its numbers; `reason` says why there is no film."""

    row: Row
    film: Film | None
    numbers: Numbers | None = None
    reason: str = ""


def show(ask: Ask) -> None:
    """The rows while they grow and once they are whole, then the numbers."""
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
    bar, stage = st.container(key="busy", vertical_alignment="center").empty(), st.container()
    with bar.container():
        found, film = _made(ask, rows, constant, stage)
    bar.caption(line(ask))
    if film is None:
        return
    whole = {name: each for name, each in found.items() if each.film is not None and each.film.done}
    _numbers(ask, whole, film)
    with st.container(horizontal=True):
        _export(ask, whole, film.frame)
        animate.offer("Between cats", ask.recipe, _panes(ask, found), _labels(ask))
    _say_reasons(found)


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
        format_func=lambda name: rows[name].title,
        key="ways",
        bind="query-params",
        help="A GAN looks for photos among what it can draw; that takes longest.",
    )
    return [rows[name] for name in rows if name in names]


def _made(
    ask: Ask, rows: list[Row], constant: bool, stage: st.container
) -> tuple[dict[str, Shown], ScrubberState | None]:
    """Draw what is not known yet: first every second frame of all rows, then the rest."""
    known = {row.name: _known(ask, row, constant) for row in rows}
    film = None
    if all(known.values()):
        with stage:
            return known, _scrubber(ask, known)
    found = {row.name: known[row.name] or Shown(row, None) for row in rows}
    with stage:
        film = _scrubber(ask, found)
    key = f"fuse-{line(ask)}-{constant}-{len(rows)}"
    if not widgets.stopped(key):
        total = sum(
            2 * fuse.passes(ask, row) if constant else fuse.passes(ask, row) for row in rows if not known[row.name]
        )
        for news in widgets.watch(
            _growing(ask, [row for row in rows if not known[row.name]], constant), total, "Fusing", key
        ):
            if news is not None:
                found[news.row.name] = news
                film.update(_panes(ask, found), labels=_labels(ask), plots=_plots(ask))
    return found, film


def _known(ask: Ask, row: Row, constant: bool) -> Shown | None:
    """A row that was made before, with its numbers; None if a part of it was not."""
    try:
        film = fuse.known(ask, row)
        if film is None:
            return None
        numbers = paths.measured(ask, film)
        if constant:
            film = fuse.known(ask, row, paths.constant(ask, numbers))
            return film and Shown(row, film, paths.measured(ask, film))
        return Shown(row, film, numbers)
    except (ValueError, LookupError) as error:
        return Shown(row, None, reason=str(error.args[0]))


def _growing(ask: Ask, rows: list[Row], constant: bool) -> Iterator[Shown | None]:
    """News of the rows, None for a step that brings none; a row that cannot be had says why, and the others go on."""
    failed = set()
    for draft in (True, False):
        for row in rows:
            if row.name in failed:
                continue
            try:
                yield from _one(ask, row, draft, constant)
            except (ValueError, LookupError) as error:
                failed.add(row.name)
                yield Shown(row, None, reason=str(error.args[0]))


def _one(ask: Ask, row: Row, draft: bool, constant: bool) -> Iterator[Shown | None]:
    yield from _steps(row, fuse.film(ask, row, draft=draft), ask, draft)
    if constant and not draft:
        lams = paths.constant(ask, paths.measured(ask, fuse.known(ask, row)))
        yield from _steps(row, fuse.film(ask, row, lams), ask, False)


def _steps(row: Row, growing: Iterator[Film | None], ask: Ask, draft: bool) -> Iterator[Shown | None]:
    """Hand a film on when frames have come, and at the end with its numbers."""
    there = 0
    for film in growing:
        news = film is not None and film.here.sum() > there
        there = int(film.here.sum()) if news else there
        yield Shown(row, film) if news else None
    if film is not None and film.done and not draft:
        yield Shown(row, film, paths.measured(ask, film))


def _panes(ask: Ask, found: Mapping[str, Shown]) -> list[Pane]:
    size = 64
    frames = [each.film.pictures for each in found.values() if each.film is not None]
    size = frames[0].shape[1] if frames else size
    grey = np.full((len(ask.places), size, size, 3), 128, np.uint8)
    return [
        Pane(each.row.title, grey if each.film is None else each.film.pictures, each.reason or each.row.says)
        for each in found.values()
    ]


def _labels(ask: Ask) -> list[str]:
    last = len(ask.legs)
    return [_label(float(place), last, ask) for place in ask.places]


def _label(place: float, legs: int, ask: Ask) -> str:
    leg = min(int(place), legs - 1)
    lam = short(round(place - leg, 3))
    return f"λ = {lam}" if legs == 1 else f"λ = {lam} · from {ask.legs[leg][0].line()} to {ask.legs[leg][1].line()}"


def _plots(ask: Ask) -> list[Plot]:
    places = ask.places
    return [Plot(key, places) for key in ("fuse-noise", "fuse-speed", "fuse-identity")]


def _scrubber(ask: Ask, found: Mapping[str, Shown]) -> ScrubberState:
    middle = len(ask.places) // 2 if len(ask.legs) == 1 else 0
    return scrubber(
        _panes(ask, found),
        key="fuse-film",
        labels=_labels(ask),
        start=middle,
        scale=2,
        strip=None,
        ticks=[i for i, place in enumerate(ask.places) if float(9 * place).is_integer()],
        plots=_plots(ask),
        name="λ",
        caption=line(ask),
        report=True,
        chain=f"fuse-{len(ask.places)}",
        rows=True,
    )


def _numbers(ask: Ask, found: Mapping[str, Shown], film: ScrubberState) -> None:
    """The curves on the slider's axis, and a table at the slider's place."""
    if not found:
        return
    places, at = ask.places, film.frame
    st.caption("  \n".join(HINTS))
    noise = {each.row.title: each.film.noise for each in found.values() if not np.isnan(each.film.noise).all()}
    if noise:
        st.plotly_chart(figures.noise_figure(places, noise), key="fuse-noise")
    speed = {each.row.title: each.numbers.speed for each in found.values()}
    jumps = {each.row.title: each.numbers.jumps for each in found.values()}
    st.plotly_chart(figures.speed_figure(places, speed, jumps), key="fuse-speed")
    st.markdown(f"**Numbers at {_labels(ask)[at]}**")
    st.markdown(figures.numbers(_table(found, at)))
    st.caption(
        "σ: standard deviation of the noise. A, B: distance to the parents, 1 − cosine of EfficientNet-Lite0 features, "
        "approximate. Detail: fine structure as a share of the parents'. Ends: PSNR of λ = 0 and 1 against the parents."
    )
    names = [name for name in found if found[name].row.way == "slerp"] or list(found)
    row = st.selectbox(
        "Whose cat is it? Row",
        list(found),
        index=list(found).index(names[0]),
        key="row",
        format_func=lambda name: found[name].row.title,
        bind="query-params",
    )
    each = found[row]
    curves = {
        "to A": each.numbers.to_a,
        "to B": each.numbers.to_b,
        "balance": each.numbers.balance,
        "detail": each.numbers.detail,
    }
    st.plotly_chart(figures.identity_figure(places, curves, each.row.title), key="fuse-identity")


def _table(found: Mapping[str, Shown], at: int) -> list[dict[str, object]]:
    return [
        {
            "way": each.row.title,
            "this is": each.numbers.verdicts[at].replace(" ", "\u00a0"),
            "σ": float(each.film.noise[at]),
            "to A": float(each.numbers.to_a[at]),
            "to B": float(each.numbers.to_b[at]),
            "balance": float(each.numbers.balance[at]),
            "detail": float(each.numbers.detail[at]),
            "cat": float(each.numbers.cat[at]),
            "ends, dB": f"{short(each.numbers.psnr[0])}, {short(each.numbers.psnr[1])}"
            if each.row.ends
            else "not meant to",
        }
        for each in found.values()
    ]


def _say_reasons(found: Mapping[str, Shown]) -> None:
    for each in found.values():
        if each.reason:
            st.warning(f"{each.row.title}: {each.reason}", icon=":material/block:")


def _export(ask: Ask, found: Mapping[str, Shown], at: int) -> None:
    def parts() -> Rows:
        step = max(1, (len(ask.places) - 1) // 9)
        strips = [
            [
                Picture(f"{each.row.title}, {short(float(ask.places[i]))}", each.film.pictures[i])
                for i in range(0, len(ask.places), step)
            ]
            for each in found.values()
        ]
        rows = _table(found, at)
        table = Table(f"At {_labels(ask)[at]}", list(rows[0]), [list(row.values()) for row in rows])
        noise = {each.row.title: each.film.noise for each in found.values() if not np.isnan(each.film.noise).all()}
        lines = [Lines("Noise in the mix", ask.places, noise, "λ", "σ")] if noise else []
        return [*strips, *lines, table]

    def arrays() -> dict[str, np.ndarray]:
        named = {"place": ask.places}
        for name, each in found.items():
            slug = name.replace(":", "_")
            named |= {
                f"{slug}_pictures": each.film.pictures,
                f"{slug}_lam": each.film.lam,
                f"{slug}_noise": each.film.noise,
            }
            named |= {
                f"{slug}_{what}": getattr(each.numbers, what) for what in ("speed", "to_a", "to_b", "detail", "cat")
            }
        return named

    widgets.export(NAME, ask.recipe, parts, arrays)
