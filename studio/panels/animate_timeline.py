"""The time line of the Animate page: one card for each key frame, and how one leads to the next."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from studio import state
from studio.recipe import LARGEST_SEED
from studio.services import keyframes
from studio.services.keyframes import COLUMNS, FADERS, LONGEST, MOST_KEYS, STEP, Key
from studio.services.timing import EASINGS

GAP = 2.0  # seconds to a new key frame
TITLES = {"seed": "Seed", "psi": "ψ", "lam": "λ", "backbone": "Backbone"}
WIDE = 132  # px of a thumbnail, about


@dataclass(frozen=True)
class Line:
    """What a time line may hold: its name in the address, its columns, the model's classes and levels of skips."""

    name: str
    columns: tuple[str, ...]
    start: tuple[Key, ...]
    classes: tuple[str, ...] = ()
    sides: tuple[int, ...] = ()


def keys(line: Line) -> tuple[Key, ...]:
    """The key frames of the address; those to start with if there are none, or none that can be read."""
    state.carry(line.name)
    try:
        found = keyframes.read(st.query_params.get(line.name, ""), line.columns)
    except ValueError as error:
        state.say(f"In the address: {error}")
        _keep(line, ())
        return line.start
    return found or line.start


def between() -> tuple[int, str, bool]:
    """Frames a second, easing from one key frame to the next, and whether the film leads back to the first."""
    fps = st.slider(
        "Frames per second",
        *keyframes.RATES,
        12,
        key="fps",
        bind="query-params",
        help="More are smoother and take longer to draw.",
    )
    easing = st.selectbox(
        "Easing",
        list(EASINGS),
        key="easing",
        bind="query-params",
        help="Speed from each key frame to the next.",
    )
    closed = st.toggle(
        "Back to the first",
        key="closed",
        bind="query-params",
        help="A film that loops without a jump.",
    )
    return int(fps), easing, closed


def roll(line: Line, found: Sequence[Key]) -> None:
    """The primary button: other seeds for all key frames."""
    st.button(
        "Other seeds",
        key="die",
        type="primary",
        icon=":material/casino:",
        on_click=_roll,
        args=(line, found),
        shortcut="n",
        width="stretch",
    )


def cards(line: Line, found: Sequence[Key]) -> Callable[[Sequence[np.ndarray]], None]:
    """One card for each key frame; what is changed goes into the address.

    Returns what puts pictures, uint8 `(H, W, 3)` each, into the cards, as many as there are.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Add a key frame",
            icon=":material/add:",
            on_click=_add,
            args=(line, found),
            disabled=len(found) >= MOST_KEYS or found[-1].at + STEP > LONGEST,
            help=f"{GAP:g} s after the last one.",
        )
        st.button(
            "Start over",
            icon=":material/restart_alt:",
            on_click=_keep,
            args=(line, ()),
            disabled=tuple(found) == line.start,
            help="The time line as it was at first.",
        )
    grid, slots = st.grid(4, min_column_width=150), []
    for i in range(len(found)):
        with grid.cell(), st.container(border=True, gap="small"):
            slots.append(st.empty())
            _card(line, found, i)

    def fill(pictures: Sequence[np.ndarray]) -> None:
        for i, (slot, picture) in enumerate(zip(slots, pictures, strict=False)):
            scale = max(1, WIDE // picture.shape[0])
            big = picture.repeat(scale, 0).repeat(scale, 1)
            slot.image(big, width="content", output_format="PNG", alt=f"Key frame {i + 1}")

    return fill


def _card(line: Line, found: Sequence[Key], i: int) -> None:
    key = found[i]
    hear = {"on_change": _edit, "args": (line, found, i)}
    _set(line, i, "at", key.at)
    st.number_input(f"Key frame {i + 1}, at s", 0.0, LONGEST, step=STEP, key=_name(line, i, "at"), **hear)
    for column in line.columns:
        if column == "label":
            options = [-1, *range(len(line.classes))]
            _set(line, i, column, key.label if key.label in options else -1)
            names = [*line.classes, "any"]  # −1 is the last
            st.selectbox("Class", options, format_func=names.__getitem__, key=_name(line, i, column), **hear)
        elif column == "seed":
            _set(line, i, column, key.seed)
            st.number_input("Seed", 0, LARGEST_SEED, key=_name(line, i, column), **hear)
        elif column in ("psi", "lam"):
            _, low, high, _ = COLUMNS[column]
            _set(line, i, column, getattr(key, column))
            st.slider(TITLES[column], low, high, step=0.05, key=_name(line, i, column), **hear)
    if "backbone" in line.columns:
        with st.popover("Faders", width="stretch"):
            _set(line, i, "backbone", key.backbone)
            st.slider("Backbone", *FADERS, step=0.05, key=_name(line, i, "backbone"), **hear)
            for side in line.sides:
                _set(line, i, f"level-{side}", dict(key.levels).get(side, 1.0))
                text = f"Skips at {side} px"
                st.slider(text, *FADERS, step=0.05, key=_name(line, i, f"level-{side}"), **hear)
    with st.container(horizontal=True, gap="small"):
        full = len(found) >= MOST_KEYS
        st.button(
            "Copy",
            icon=":material/content_copy:",
            key=_name(line, i, "copy"),
            help="Once more, half-way to the next one.",
            on_click=_copy,
            args=(line, found, i),
            disabled=full or _room(found, i) is None,
        )
        st.button(
            "Remove",
            icon=":material/delete:",
            key=_name(line, i, "remove"),
            on_click=_remove,
            args=(line, found, i),
            disabled=len(found) == 1,
        )


def _name(line: Line, i: int, field: str) -> str:
    return f"{line.name}-{i}-{field}"


def _set(line: Line, i: int, field: str, value: float) -> None:
    """The address says what a field shows, whatever it showed before."""
    st.session_state[_name(line, i, field)] = value


def _edit(line: Line, found: Sequence[Key], i: int) -> None:
    """Hear of a changed field: read the whole card."""
    get = st.session_state.get
    values = {name: get(_name(line, i, name)) for name in ("at", *line.columns) if name != "levels"}
    levels = {side: get(_name(line, i, f"level-{side}"), 1.0) for side in line.sides}
    changed = replace(
        found[i],
        **{name: value for name, value in values.items() if value is not None},
        levels=tuple((side, factor) for side, factor in levels.items() if factor != 1),
    )
    _keep(line, [*found[:i], changed, *found[i + 1 :]])


def _roll(line: Line, found: Sequence[Key]) -> None:
    _keep(line, [replace(key, seed=random.randrange(100_000)) for key in found])


def _add(line: Line, found: Sequence[Key]) -> None:
    at = min(found[-1].at + GAP, LONGEST)
    _keep(line, [*found, replace(found[-1], at=at, seed=random.randrange(100_000))])


def _copy(line: Line, found: Sequence[Key], i: int) -> None:
    _keep(line, [*found, replace(found[i], at=_room(found, i))])


def _remove(line: Line, found: Sequence[Key], i: int) -> None:
    _keep(line, [*found[:i], *found[i + 1 :]])


def _room(found: Sequence[Key], i: int) -> float | None:
    """Where a copy of a key frame goes: half-way to the next one, or after the last; None where there is no room."""
    if i + 1 == len(found):
        return found[i].at + GAP if found[i].at + GAP <= LONGEST else None
    half = round((found[i].at + found[i + 1].at) / 2 / STEP) * STEP
    return half if half - found[i].at >= STEP and found[i + 1].at - half >= STEP else None


def _keep(line: Line, found: Sequence[Key]) -> None:
    """Put key frames into the address, none for those to start with; what cannot be changes nothing and is said."""
    try:
        found = keyframes.check(found)
    except ValueError as error:
        state.say(str(error))
        return
    word = "" if tuple(found) == line.start else keyframes.write(found, line.columns)
    state.keep(line.name, word)
