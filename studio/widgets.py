"""Pickers that give plain values, and the one place that shows errors. A picker's key is its name in a recipe."""

import random
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TypeVar

import numpy as np
import streamlit as st

from studio import state
from studio.figures.parts import Rows
from studio.recipe import LARGEST_SEED, RANGES, Recipe
from studio.services import export as exports
from studio.services import library
from studio.services.library import Entry

T = TypeVar("T")
SAMPLERS = {
    "dpmpp": "DPM-Solver++ (2M)",
    "ddim": "DDIM",
    "ddpm": "DDPM, ancestral",
    "heun": "Heun",
}
# What is there stays as it is while something new is made; pictures keep their pixels; a wide table scrolls; the line
# above the stage keeps its room (a container of fixed height would scroll under the mouse); on a narrow window the
# stage, the second column of the container with the key "lab", comes first and the controls below it.
STYLE = """<style>
[data-stale='true'] { opacity: 1 !important }
.stImage img { image-rendering: pixelated }
.stMarkdown:has(table) { overflow-x: auto }
.st-key-busy { min-height: 56px }
.st-key-busy [data-stale='true']:has(button) { display: none }
@media (max-width: 1000px) {
  .st-key-lab > div > .stHorizontalBlock { flex-wrap: wrap }
  .st-key-lab > div > .stHorizontalBlock > .stColumn { flex: 1 1 100%; min-width: 100% }
  .st-key-lab > div > .stHorizontalBlock > .stColumn:first-child { order: 2 }
}
</style>"""
FIRST_CHOICE = "ddpm-cat-64"


@contextmanager
def errors() -> Iterator[None]:
    """Say in words what a person can mend; everything else is our own mistake and goes on up."""
    try:
        yield
    except LookupError as error:
        st.error(str(error.args[0] if error.args else error), icon=":material/error:")
    except ValueError as error:
        st.error(str(error), icon=":material/error:")


def checkpoint(
    can: str,
    first: str = FIRST_CHOICE,
    says: str = "The trained model that removes the noise.",
    preset: str = "ddpm-smoke",
) -> Entry:
    """Pick a checkpoint that can do `can`, `first` if nobody picked; explains and ends the page when there is none."""
    entries = {entry.name: entry for entry in library.checkpoints(can)}
    if not entries:
        st.info(f"No checkpoint can do this yet. Train one: `python -m engines train {preset} --out run`.")
        st.stop()
    names = sorted(entries, key=lambda name: (name != first, name))
    name = st.selectbox(
        "Checkpoint",
        names,
        key="checkpoint",
        bind="query-params",
        help=says,
    )
    return entries[name]


def seed() -> int:
    """The number that the noise is made from."""
    value = st.number_input(
        "Seed",
        0,
        LARGEST_SEED,
        key="seed",
        bind="query-params",
        help="The noise the chain starts from; the same seed is the same picture.",
    )
    return int(value)


def die(text: str) -> None:
    """The primary button of a page: another seed at random."""
    icon = ":material/casino:"
    st.button(text, key="die", type="primary", icon=icon, on_click=_roll, shortcut="n", width="stretch")


def _roll() -> None:
    st.session_state["seed"] = random.randrange(100_000)


def sampler() -> str:
    """Pick how the chain walks."""
    return st.selectbox(
        "Sampler",
        list(SAMPLERS),
        key="sampler",
        bind="query-params",
        help="How the chain walks: " + "; ".join(f"{name} is {text}" for name, text in SAMPLERS.items()) + ".",
    )


def steps(most: int) -> int:
    """The number of network steps of a chain."""
    value = st.number_input(
        "Steps",
        1,
        most,
        20,
        key="steps",
        bind="query-params",
        help="Network steps; more are slower and finer. DDPM wants 250 or more.",
    )
    return int(value)


def label(entry: Entry) -> str:
    """Pick a class, or none; greyed out with the reason when the model has none."""
    return st.selectbox(
        "Class",
        ["", *entry.classes],
        format_func=lambda name: name or "any",
        key="label",
        bind="query-params",
        disabled=not entry.classes,
        help="What to draw." if entry.classes else "This model was trained without classes.",
    )


def eta(walk: str) -> float:
    """Fresh noise of DDIM; greyed out with the reason for the other samplers."""
    value = st.slider(
        "η, fresh noise",
        0.0,
        1.0,
        0.0,
        0.05,
        key="eta",
        bind="query-params",
        disabled=walk != "ddim",
        help="0 adds no fresh noise at a step, 1 as much as DDPM."
        if walk == "ddim"
        else "Only DDIM has a choice here.",
    )
    return value if walk == "ddim" else 0.0


def guidance(label: str) -> float:
    """How strongly a class is followed; greyed out without a class."""
    value = st.slider(
        "Guidance w",
        *map(float, RANGES["guidance"]),
        1.0,
        0.25,
        key="guidance",
        bind="query-params",
        disabled=not label,
        help="1 follows the class as trained, more exaggerates it." if label else "Pick a class first.",
    )
    return value if label else 1.0


def start(photo: str) -> float:
    """The share of the chain that runs from a photo."""
    return st.slider(
        "Share of the chain to run",
        *map(float, RANGES["start"]),
        0.6,
        0.01,
        key="start",
        bind="query-params",
        disabled=not photo,
        help="Small keeps the photo, 1 forgets it." if photo else "Drop a photo first.",
    )


def children() -> None:
    """The number of children of a fork."""
    low, high = RANGES["children"]
    st.slider(
        "Children", low, high, 8, key="children", bind="query-params", help="More children show the variance better."
    )


def drop_zone(size: int, photo: str) -> None:
    """Where a photo, or a picture or film with its recipe, is dropped."""
    st.file_uploader(
        "A photo, or a picture or film from here to put its settings back",
        type=["png", "jpg", "jpeg", "webp", "gif", "mp4", "html"],
        key="drop",
        max_upload_size=10,
        on_change=state.drop,
        args=("drop", size),
    )
    if photo:
        st.button("Without the photo", icon=":material/close:", on_click=state.keep, args=("photo", ""))


def film_zone() -> None:
    """Where a film, or a picture with its recipe, is dropped to be taken to where it was made."""
    with st.expander("Bring a film back"):
        st.file_uploader(
            "A film or picture from here",
            type=["png", "webp", "gif", "mp4", "html"],
            key="film-drop",
            max_upload_size=10,
            on_change=state.reopen,
            args=("film-drop",),
            help="Its settings are inside; a link leads to them.",
        )


def reset(recipe: Recipe) -> None:
    """Put every control back to its default; greyed out when it is there."""
    default = Recipe(recipe.checkpoint, weights=recipe.weights)
    st.button(
        "Reset",
        icon=":material/restart_alt:",
        disabled=recipe == default,
        on_click=state.restore,
        args=(default,),
        help="All settings back to their defaults.",
    )


def downloads(files: dict[str, Callable[[], bytes]], name: str) -> None:
    """A row of download buttons; the bytes are made when one is clicked."""
    for column, (kind, make) in zip(st.columns(len(files)), files.items(), strict=True):
        column.download_button(
            kind.upper(),
            data=make,
            file_name=f"{name}.{kind}",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
            key=f"download-{kind}",
        )


def export(name: str, recipe: Recipe, parts: Callable[[], Rows], arrays: Callable[[], dict[str, np.ndarray]]) -> None:
    """Offer a view as PNG with its recipe, as PDF or SVG for print, as raw arrays, and as an address.

    `name` is its title, unique on the page. `parts` (see `studio.figures.parts`) and `arrays` are called on a click.
    """
    marked = replace(recipe, view=state.view())
    slug = "-".join(name.lower().split())

    def make(kind: str) -> Callable[[], bytes]:
        def data() -> bytes:
            from studio.figures.printed import printed

            if kind == "npz":
                return exports.npz(marked, arrays())
            return printed(parts(), name, exports.caption(marked), kind, exports.texts(marked))

        return data

    with st.popover("Take it with you", icon=":material/download:", key=f"export-{slug}"):
        for kind, text in exports.KINDS.items():
            st.download_button(
                text,
                data=make(kind),
                file_name=f"{recipe.checkpoint}-seed{recipe.seed}-{slug}.{kind}",
                icon=":material/download:",
                on_click="ignore",
                width="stretch",
                key=f"export-{slug}-{kind}",
            )
        st.caption("Drop the PNG on the Denoise page and its settings come back. The address of this view:")
        st.code(state.address(recipe), language=None, wrap_lines=True)


def watch(
    results: Generator[T], total: int, what: str, key: str, gone: Callable[[T], float] | None = None
) -> Iterator[T]:
    """Hand one result per step on under a bar with the time left and a Cancel that works within one step.

    Where the end is a time and not a step, `total` is in seconds and `gone` says how many a result stands at.
    Cancelling ends the run of the page; `cancelled` tells the next one so.
    """
    bar, button = st.columns([3, 1], vertical_alignment="center")
    with button:
        place = st.empty()
        place.button("Cancel", key=f"cancel-{key}", on_click=_cancel, args=(key,), width="stretch", shortcut="Esc")
    with bar:
        line = st.empty()
        line.progress(0.0, text=f"{what} · starting")
    began = time.monotonic()
    with closing(results):
        for done, result in enumerate(results, 1):
            if gone is None:
                left = (time.monotonic() - began) / done * max(total - done, 0)
                text = f"{what} · step {min(done, total)} of {total} · {left:.1f} s left"
            else:
                text = f"{what} · step {done} · {max(total - gone(result), 0):.0f} s left"
            line.progress(min((gone(result) if gone else done) / total, 1.0), text=text)
            yield result
    line.empty()
    place.empty()


def stopped(key: str) -> bool:
    """Whether the work of this key was cancelled; if so, offer to run it again."""
    if st.session_state.get("cancelled") != key:
        return False
    st.button("Run again", key=f"again-{key}", icon=":material/replay:", on_click=again)
    return True


def again() -> None:
    """Ask anew for what was cancelled."""
    st.session_state.pop("cancelled", None)


def _cancel(key: str) -> None:
    st.session_state["cancelled"] = key
