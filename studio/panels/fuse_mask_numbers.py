"""What each method of a masked fusion is worth: does the seam show, whose is each region, is there enough noise?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures import masked as figures
from studio.figures.fuse import numbers as table
from studio.figures.parts import Lines, Picture, Rows, Table
from studio.services import mask
from studio.services.mask import Ask, Film

PLOTS = ("mask-seam", "mask-a", "mask-b")
TITLES = {
    "seam": ("How steep the seam is; 1 is as elsewhere", "ratio"),
    "to_a": ("A's region: distance to A", "1 − cosine"),
    "to_b": ("B's region: distance to B", "1 − cosine"),
}
SAYS = (
    "Seam: how much neighbouring pixels differ across the border of the regions, against elsewhere; 1 is no seam. "
    "A's part, B's part: 1 − cosine of EfficientNet-Lite0 features of that region alone against the same region of its "
    "owner, 0 for the owner itself, approximate. σ: standard deviation, at the seam, of what the network takes for "
    "noise where the chain is let go."
)


def label(film: Film, i: int) -> str:
    """One line for a frame."""
    t = int(film.t[i])
    return f"start = {film.starts[i]:.0%} of the chain · " + ("no step: the collage" if t < 0 else f"t = {t}")


def measured(ask: Ask, film: Film) -> Mapping[str, Any] | None:
    """The numbers of a finished film, measured under a bar if they are not known; None if that was cancelled."""
    found, key = mask.known_numbers(ask), f"numbers-{ask.name}"
    if found is None and not widgets.stopped(key):
        *_, found = widgets.watch(mask.measured(ask, film), len(film.pictures) + 1, "Measuring", key)
    return found


def show(film: Film, found: Mapping[str, Any], frame: int) -> None:
    """The curves on the film's axis and a table at the slider's place."""
    titles = {name: title for name, (title, _) in mask.methods().items()}
    cut, grid = found["cut"], st.grid(2, min_column_width=340)
    levels = {
        "seam": {"A alone": cut.seam_a, "B alone": cut.seam_b, "scissors": float(cut.seam[0])},
        "to_a": {"B instead": float(cut.apart[0])},
        "to_b": {"A instead": float(cut.apart[1])},
    }
    for plot, (name, (title, unit)) in zip(PLOTS, TITLES.items(), strict=True):
        curves = {titles[way]: getattr(found[way], name) for way in titles}
        figure = figures.start_figure(film.starts, curves, levels[name], title=title, unit=unit)
        grid.cell().plotly_chart(figure, key=plot)
    st.markdown(f"**Numbers at {label(film, frame)}**")
    st.markdown(table(_rows(film, found, frame)))
    st.caption(SAYS)
    full, straight = film.halves[frame]
    if film.t[frame] >= 0 and not np.isnan(full):
        st.caption(
            f"Where the edge is soft the mask mixes inverted noises by √ of its weights, which leaves σ = {full:.2f}; "
            f"mixed straight it would be {straight:.2f}."
        )


def _rows(film: Film, found: Mapping[str, Any], frame: int) -> list[dict[str, Any]]:
    cut = found["cut"]
    first = {"way": "Scissors", "seam": float(cut.seam[0]), "A's part": float(cut.to_a[0])}
    rows = [{**first, "B's part": float(cut.to_b[0]), "σ": np.nan}]
    for name, (title, _) in mask.methods().items():
        each = found[name]
        row = {"way": title, "seam": float(each.seam[frame]), "A's part": float(each.to_a[frame])}
        rows.append({**row, "B's part": float(each.to_b[frame]), "σ": float(film.noise[name][frame])})
    rows.append({"way": "A alone", "seam": cut.seam_a, "A's part": 0.0, "B's part": float(cut.apart[1]), "σ": np.nan})
    rows.append({"way": "B alone", "seam": cut.seam_b, "A's part": float(cut.apart[0]), "B's part": 0.0, "σ": np.nan})
    return rows


def _written(value: Any) -> Any:
    return value if isinstance(value, str) or not np.isnan(value) else "–"


def export(name: str, ask: Ask, film: Film, found: Mapping[str, Any] | None, frame: int) -> None:
    """Offer the films, their numbers and the mask as files."""

    def parts() -> Rows:
        a, b = mask.pictures(ask)
        owned = ask.painted.mask(len(a))
        both = [Picture(f"{name}: {cat.line()}", each) for name, cat, each in zip("AB", ask.cats, (a, b), strict=True)]
        first = [*both, Picture("who owns what, 1 is B", owned, low=0, high=1)]
        strips = [
            Picture(f"{title}, start 0% to 100%", frames.sheet(film.pictures[way], 1, len(film.starts)))
            for way, (title, _) in mask.methods().items()
        ]
        if found is None:
            return [[*first, Picture("Scissors", film.cut)], *strips]
        titles = {way: title for way, (title, _) in mask.methods().items()}
        curves = [
            Lines(title, film.starts, {titles[way]: getattr(found[way], key) for way in titles}, "start", unit)
            for key, (title, unit) in TITLES.items()
        ]
        rows = _rows(film, found, frame)
        numbers = Table(
            f"At {label(film, frame)}", list(rows[0]), [[_written(value) for value in row.values()] for row in rows]
        )
        return [[*first, Picture("Scissors", film.cut)], *strips, curves, numbers]

    def arrays() -> dict[str, np.ndarray]:
        a, b = mask.pictures(ask)
        named = {"a": a, "b": b, "mask": ask.painted.mask(len(a)), "start": film.starts, "t": film.t, "cut": film.cut}
        for way in film.pictures:
            named |= {f"{way}_pictures": film.pictures[way], f"{way}_noise": film.noise[way]}
            if found is not None:
                named |= {f"{way}_{key}": getattr(found[way], key) for key in TITLES}
        return named

    widgets.export(name, ask.recipe, parts, arrays)
