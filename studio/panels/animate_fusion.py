"""Animate: λ between two cats over time, by every way that is picked, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures.digits import short
from studio.panels import animate, animate_timeline, cat, fuse_controls
from studio.panels.animate_timeline import Line
from studio.panels.tabs import hints
from studio.recipe import RANGES, Recipe
from studio.scrubber import Pane, ScrubberState, scrubber
from studio.services import fuse, generate, keyframes
from studio.services.fuse import Ask, Row
from studio.services.keyframes import Key
from studio.services.timing import Timing

LAM = (Key(0, lam=0.0), Key(3, lam=1.0))
START = 0.5
FINE = 3  # decimals of λ: frames that are nearer than that are drawn once
HINTS = (
    "**You see** the path between two cats as the key frames below say, by each way that is picked.",
    "**Try** rests at 0, ½ and 1; back to the first; photos of your own.",
    "**Why** in the middle the ways part: mixed pixels are two ghosts, mixed noise of the right length is one cat.",
)


@dataclass(frozen=True)
class Asked:
    """Two cats and how their chains run, the ways by name, and λ over time."""

    ask: Ask
    rows: tuple[Row, ...]
    line: Line
    keys: tuple[Key, ...]
    fps: int
    easing: str
    closed: bool

    @property
    def lams(self) -> np.ndarray:
        """λ of every frame, `(F,)`."""
        places = keyframes.frames(self.keys, self.fps, self.easing, self.closed)
        stops = keyframes.around(self.keys) if self.closed else self.keys
        return keyframes.mixed(stops, places, "lam").round(FINE)


def controls() -> Asked:
    """The cats, the ways, and the time line."""
    entry = widgets.checkpoint("trajectory", says="The diffusion model; other families join with a way each.")
    cats = tuple(cat.pick(slot, entry.name, fuse_controls.FIRST[slot]) for slot in "ab")
    rows = tuple(_rows(entry.name))
    line = Line("lams", ("lam",), LAM)
    keys = animate_timeline.keys(line)
    fps, easing, closed = animate_timeline.between()
    widgets.die("Other noise")
    with st.expander("More"):
        start = st.slider(
            "Noise level t, share of the chain",
            *map(float, RANGES["start"]),
            START,
            0.05,
            key="start",
            bind="query-params",
            help="How deep both cats are noised before they are mixed.",
        )
        seed, steps = widgets.seed(), widgets.steps(entry.timesteps)
        sampler, label = widgets.sampler(), widgets.label(entry)
    widgets.film_zone()
    recipe = generate.complete(Recipe(entry.name, seed, sampler, steps, label=label, start=start))
    return Asked(Ask(recipe, cats), rows, line, keys, fps, easing, closed)


def show(asked: Asked) -> None:
    """The films of all ways while they grow, the dialog, and the cards."""
    if not asked.rows:
        st.info("Pick at least one way to fuse by.", icon=":material/block:")
        return
    bar, stage = st.container(key="busy", vertical_alignment="center").empty(), st.container()
    below = st.container()
    with below:
        hints(HINTS)
    fill = animate_timeline.cards(asked.line, asked.keys)
    with below, widgets.errors():
        lams, films = asked.lams, {}
        at = keyframes.nearest(keyframes.frames(asked.keys, asked.fps, asked.easing), len(asked.keys))

        def draw(shown: ScrubberState | None) -> ScrubberState:
            first = next(iter(films.values()))
            fill([first[i] for i in at if i < len(first)])
            if shown is not None:
                shown.update(_panes(asked, films, lams), labels=_labels(lams))
                return shown
            with stage:
                return _scrubber(asked, films, lams, at)

        with bar.container():
            whole = _made(asked, lams, films, draw)
        if whole:
            bar.caption(_line(asked, lams))
            timing = Timing(asked.fps, hold=0.0 if asked.closed else 1.5)
            panes = _panes(asked, films, lams)
            animate.offer("Between cats", asked.ask.recipe, panes, _labels(lams), timing=timing)


def _made(asked: Asked, lams: np.ndarray, films: dict[Row, np.ndarray], draw: object) -> bool:
    """Put the film of each way into `films` as it comes; whether all are there."""
    values, back = np.unique(lams, return_inverse=True)
    for row in asked.rows:
        if (known := fuse.kept(asked.ask, row, values)) is not None:
            films[row] = known[back]
    shown = draw(None) if films else None
    left = [row for row in asked.rows if row not in films]
    key = f"lam-{asked.ask}-{[row.name for row in asked.rows]}-{asked.keys}-{asked.fps}-{asked.easing}-{asked.closed}"
    if not left or widgets.stopped(key):
        return not left
    total = sum(fuse.passes(asked.ask, row) * -(-len(values) // fuse.POINTS) for row in left)
    for row, pictures, ready in widgets.watch(_each(asked.ask, left, values), total, "Fusing", key):
        if ready:
            films[row] = pictures[back]
            shown = draw(shown)
    return True


def _each(ask: Ask, rows: list[Row], values: np.ndarray) -> Iterator[tuple[Row, np.ndarray, bool]]:
    for row in rows:
        for pictures, ready in fuse.several(ask, row, values):
            yield row, pictures, ready


def _panes(asked: Asked, films: dict[Row, np.ndarray], lams: np.ndarray) -> list[Pane]:
    """A pane for each way, mid-grey as long as it is not there."""
    shape = (len(lams), *next(iter(films.values())).shape[1:])
    empty = np.full(shape, 128, np.uint8)
    return [Pane(row.title, films.get(row, empty), row.says) for row in asked.rows]


def _labels(lams: np.ndarray) -> list[str]:
    return [f"λ = {short(round(lam, 2))}" for lam in lams.tolist()]


def _scrubber(asked: Asked, films: dict[Row, np.ndarray], lams: np.ndarray, at: list[int]) -> ScrubberState:
    return scrubber(
        _panes(asked, films, lams),
        key="film",
        labels=_labels(lams),
        start=0,
        ticks=at,
        fps=asked.fps,
        name="Time",
        caption=_line(asked, lams),
        chain=f"{asked.ask}-{asked.keys}-{len(lams)}",
    )


def _line(asked: Asked, lams: np.ndarray) -> str:
    recipe, cats = asked.ask.recipe, " → ".join(each.line() for each in asked.ask.cats)
    length = short(len(lams) / asked.fps)
    return f"{cats} · {recipe.checkpoint} · {recipe.steps} steps · {len(lams)} frames, {length} s"


def _rows(checkpoint: str) -> list[Row]:
    """The ways that are picked; the pixels and the last of the checkpoint's own until somebody picks."""
    rows = {row.name: row for row in fuse.rows(checkpoint)}
    own = [name for name, row in rows.items() if row.checkpoint == checkpoint]
    usual = [fuse.BLEND, *own[-1:]]
    picked = st.multiselect(
        "Ways",
        list(rows),
        usual,
        key="ways",
        bind="query-params",
        help="Side by side. A GAN looks for photos among what it can draw; that takes longest.",
    )
    return [rows[name] for name in rows if name in picked]
