"""Style mixing: coarse layers of one cat, fine layers of another, as a matrix to click."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from studio import state, widgets
from studio.figures import gan as figures
from studio.figures.parts import Picture, Rows
from studio.panels import gan_controls
from studio.scrubber import Pane, scrubber
from studio.services import gan, gan_films
from studio.services.gan import Look

ROWS = COLUMNS = 4
AWAY = 100  # from the first row's seed to the first column's
BIG = 6
PRESETS = {"Coarse": (0, 1 / 3), "Middle": (1 / 3, 2 / 3), "Fine": (2 / 3, 1), "All": (0, 1), "None": (0, 0)}
NONE = "none"
HINTS = (
    "**You see** cats A down and B across; each mixture has the ticked layers of B and the others of A.",
    "**Try** fine layers only, then coarse ones; all of them: each column becomes its cat B.",
    "**Why** coarse layers draw the 4 px plan of a face, fine ones its colours: each listens to a style of its own.",
)


def show(look: Look) -> None:
    """The matrix, and the clicked mixture large between its parents."""
    if not gan_controls.styles(look):
        return
    names = gan.layers(look.recipe.checkpoint)
    a, b = st.columns(2)
    rows = _seeds(a, "A, rows: coarse", "a", look.recipe.seed, ROWS)
    columns = _seeds(b, "B, columns: fine", "b", look.recipe.seed + AWAY, COLUMNS)
    taken = _ticks(names)
    mixtures, stage = None, st.empty()
    coarse, fine = gan.pictures(look, rows), gan.pictures(look, columns)
    key = f"mix-{look.name}-{rows}-{columns}-{taken}"
    mixtures = gan_films.known_mixing(look, rows, columns, taken)
    if mixtures is None:
        if widgets.stopped(key):
            return
        with stage:
            *_, mixtures = widgets.watch(gan_films.mixing(look, rows, columns, taken), len(rows), "Mixing", key)
    line = f"{look.recipe.checkpoint}{look.settings}"
    stage.caption(f"{line} · from B: {', '.join(names[i] for i in taken) or 'nothing'}")
    matrix, large = st.columns([4, 3], gap="small")  # a matrix of five and a picture at ×4 fit beside each other
    with matrix:
        sheet, numbers = st.container(), st.container()
    with numbers:
        row, column = _chosen(rows, columns)
    with sheet:
        _matrix(
            figures.mixing_sheet(coarse, fine, mixtures, rows, columns), coarse.shape[1], rows, columns, row, column
        )
    with large:
        title = f"A {rows[row]} with layers of B {columns[column]}"
        says = "The marked mixture; a click shows it larger still."
        picture = Pane(title, mixtures[row, column][None], says)
        scrubber([picture], key="mixed", labels=[title], scale=BIG, strip=None, caption=line)
    _export(look, rows, columns, taken, coarse, fine, mixtures, (row, column))


def _seeds(place: st.container, text: str, key: str, first: int, number: int) -> list[int]:
    default = range(first, first + number)
    typed = place.text_input(
        text,
        key=key,
        bind="query-params",
        placeholder=f"{default[0]}-{default[-1]}",
        help=f"Seeds such as 0-3, 17; at most {gan.MOST_SEEDS}.",
    )
    return gan.seeds(typed, default)


def _ticks(names: Sequence[str]) -> list[int]:
    """Which layers come from B. The address holds their numbers, since it must hold "none" too."""
    if not set(st.session_state.get("ticked", [""])) <= set(names):
        asked = st.query_params.get("layers", "")
        numbers = [int(part) - 1 for part in asked.split(",") if part.isdecimal() and 0 < int(part) <= len(names)]
        st.session_state["ticked"] = [names[i] for i in (numbers or _preset(names, "" if asked == NONE else "Fine"))]
    st.pills(
        "Layers from B",
        names,
        selection_mode="multi",
        key="ticked",
        on_change=_keep,
        args=(names,),
        help="Coarse layers hold pose and shape, fine ones colour and fur.",
    )
    with st.container(horizontal=True, gap="small"):
        for name in PRESETS:
            st.button(name, key=f"take-{name}", on_click=_take, args=(names, name), type="tertiary")
    return _numbers(names)


def _numbers(names: Sequence[str]) -> list[int]:
    return [i for i, name in enumerate(names) if name in st.session_state["ticked"]]


def _keep(names: Sequence[str]) -> None:
    state.keep("layers", ",".join(str(i + 1) for i in _numbers(names)) or NONE)


def _preset(names: Sequence[str], name: str) -> range:
    first, last = PRESETS.get(name, (0, 0))
    return range(round(first * len(names)), round(last * len(names)))


def _take(names: Sequence[str], name: str) -> None:
    st.session_state["ticked"] = [names[i] for i in _preset(names, name)]
    _keep(names)


def _chosen(rows: Sequence[int], columns: Sequence[int]) -> tuple[int, int]:
    """The mixture shown large, by its place; a click on the matrix sets it too."""
    found = []
    for place, name, most in zip(st.columns(2), ("row", "column"), (len(rows), len(columns)), strict=True):
        key, text = f"mix_{name}", f"{name.capitalize()} shown large"
        if int(st.session_state.get(key, 1)) > most:
            st.session_state[key] = 1
        value = place.number_input(text, 1, most, 1, key=key, bind="query-params", help="Or click a cat.")
        found.append(int(value) - 1)
    return found[0], found[1]


def _matrix(sheet: np.ndarray, side: int, rows: Sequence[int], columns: Sequence[int], row: int, column: int) -> None:
    def picked(*pixel: int) -> None:
        at = figures.cell(pixel, side)
        for name, index, most in zip(("row", "column"), at, (len(rows), len(columns)), strict=True):
            if 0 <= index < most:  # a click on a parent moves along the other axis only
                st.session_state[f"mix_{name}"] = index + 1

    scrubber(
        [Pane("A down, B across", sheet[None], "Click a mixture to see it large.")],
        key="mixing",
        labels=["the matrix"],
        scale=1,
        strip=None,
        pick=True,
        pixel=figures.corner(row, column, side),
        cell=figures.pitch(side),
        on_pick=picked,
    )


def _export(
    look: Look,
    rows: Sequence[int],
    columns: Sequence[int],
    taken: Sequence[int],
    coarse: np.ndarray,
    fine: np.ndarray,
    mixtures: np.ndarray,
    at: tuple[int, int],
) -> None:
    def parts() -> Rows:
        now = [
            Picture(f"A {rows[at[0]]}", coarse[at[0]]),
            Picture("mixed", mixtures[at]),
            Picture(f"B {columns[at[1]]}", fine[at[1]]),
        ]
        return [now, Picture("A down, B across", figures.mixing_sheet(coarse, fine, mixtures, rows, columns))]

    def arrays() -> dict[str, np.ndarray]:
        named = {"rows": np.array(rows), "columns": np.array(columns), "layers": np.array(taken)}
        return {**named, "mixtures": mixtures, "coarse": coarse, "fine": fine}

    widgets.export("Style mixing", look.recipe, parts, arrays)
