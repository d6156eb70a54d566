"""Checkpoints side by side: the same seeds, their cost here and now, their scores and how their training went."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import compare as figures
from studio.figures import frames
from studio.figures.digits import short
from studio.figures.parts import Bars, Picture, Rows, Table
from studio.recipe import PASS, Recipe
from studio.services import compare, library
from studio.services.compare import Measured, Stability
from studio.services.library import Entry

NAME = "Compare"
SCORES = ("KD-lite0", "cat share")
HINTS = (
    "**You see** the same seeds through several kinds of model, and what one picture costs here and now.",
    "**Try** fewer steps for the diffusion model, other checkpoints, another seed.",
    "**Why** a chain asks its network many times, a GAN once; what it pays for that shows in how it is trained.",
)
FACTS = (
    "family",
    "trained as",
    "weights that draw, million",
    "weights that judge, million",
    "passes a picture",
    "seconds a picture, here",
    "times the fastest",
    *SCORES,
    "pictures seen",
    "minutes",
)


def show(names: tuple[str, ...], seed: int, number: int, steps: int) -> None:
    """Measure, then pictures, table, the three reasons and the losses."""
    found = _measured(names, seed, number, steps)
    if not found:
        return
    entries = {each.name: library.find(each.name) for each in found}
    least = min(each.seconds for each in found)
    for each in found:
        times = "" if each.seconds == least else f"{short(figures.ratio(each.seconds, least))} times "
        text = f"{each.name} · {short(each.seconds)} s a picture · {times}the fastest"
        st.image(frames.sheet(each.pictures, 2, each.n), text, "content", output_format="PNG")
    facts = {each.name: _facts(each, entries[each.name], least) for each in found}
    st.markdown(figures.table(FACTS, facts))
    st.caption(f"Measured on this machine just now: {number} pictures drawn together from seed {seed} on.")
    runs = {name: went for name, entry in entries.items() if (went := compare.stability(entry))}
    _why(found, entries, runs)
    _losses(runs)
    recipe = Recipe(found[0].name, seed, PASS, 1, weights=library.digest(found[0].name))
    widgets.export(NAME, recipe, lambda: _parts(found, facts), lambda: _arrays(found))


def _measured(names: tuple[str, ...], seed: int, number: int, steps: int) -> list[Measured]:
    """What was measured before, or is now; what is there when cancelled stays."""
    found, key = compare.known(names, seed, number, steps), f"compare-{names}-{seed}-{number}-{steps}"
    bar = st.container(key="busy", vertical_alignment="center").empty()
    if found is None:
        with bar.container():
            if widgets.stopped(key):
                return []
            ways = compare.measure(names, seed, number, steps)
            *_, found = widgets.watch(ways, compare.passes(names, steps), "Drawing and timing", key)
    bar.caption(f"seeds {seed} to {seed + number - 1} · chains of {steps} steps (DPM-Solver++)")
    return found


def _facts(each: Measured, entry: Entry, least: float) -> list[str]:
    """A column of the table, in the order of `FACTS`."""
    scores = [figures.interval(compare.score(entry, name)) or "not measured" for name in SCORES]
    return [
        entry.family,
        compare.process(each.name),
        f"{each.drawing / 1e6:.2f}",
        f"{each.judging / 1e6:.2f}" if each.judging else "no judge",
        str(each.passes),
        f"{short(each.seconds)} (N = {each.n})",
        short(figures.ratio(each.seconds, least)),
        *scores,
        f"{entry.images_seen:,}",
        f"{entry.minutes:.0f}",
    ]


def _why(found: list[Measured], entries: dict[str, Entry], runs: dict[str, Stability]) -> None:
    """Three lines, each from numbers above it."""
    st.subheader("Why")
    lines = []
    fast, slow = (pick(found, key=lambda each: each.seconds) for pick in (min, max))
    if fast is not slow:
        lines.append(f"**Speed**: {figures.faster(fast, slow)}")
    wobbles = {name: max(went.wobble.values()) for name, went in runs.items()}
    lines.append(f"**Stability**: {figures.steadier(wobbles, {each.name: each.judging for each in found})}")
    scored = {name: score for name, entry in entries.items() if (score := compare.score(entry, SCORES[0]))}
    if len(scored) > 1:
        seen = [entries[name].images_seen for name in scored]
        lines.append(f"**Quality**: {figures.better(list(scored), list(scored.values()), seen)}")
    st.markdown("  \n".join(lines))


def _losses(runs: dict[str, Stability]) -> None:
    """The losses of the runs that are still there."""
    if not runs:
        st.caption("No log of these checkpoints' runs is in your Whisker home, so their losses cannot be drawn.")
        return
    grid = st.grid(2, min_column_width=340)
    for name, went in runs.items():
        title = f"{name}: run {went.run}, {went.skipped} steps skipped"
        grid.cell().plotly_chart(figures.losses_figure(title, went.losses), key=f"losses-{name}")


def _parts(found: list[Measured], facts: dict[str, list[str]]) -> Rows:
    pictures = [Picture(each.name, frames.sheet(each.pictures, 1, each.n)) for each in found]
    names, seconds = [each.name for each in found], [each.seconds for each in found]
    rows = [list(row) for row in zip(FACTS, *facts.values(), strict=True)]
    return [*pictures, Bars("Time a picture", names, seconds, "s"), Table("Numbers", ["", *names], rows)]


def _arrays(found: list[Measured]) -> dict[str, np.ndarray]:
    columns = ("name", "seconds", "passes", "drawing", "judging", "n")
    arrays = {name: np.array([getattr(each, name) for each in found]) for name in columns}
    return arrays | {f"pictures_{each.name}": each.pictures for each in found}
