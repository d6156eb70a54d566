"""Animate: a run's samples over its training, from the sheets that it wrote from one noise."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import lapse as figure
from studio.panels import animate
from studio.panels.tabs import hints
from studio.recipe import Recipe
from studio.scrubber import Pane, scrubber
from studio.services import timelapse
from studio.services.timelapse import Lapse
from studio.services.timing import Timing

ELSEWHERE = "another folder"
WIDE = 256  # px of one sample alone, about
HINTS = (
    "**You see** the same noise through a network at every stage of its training.",
    "**Try** one sample alone, then the loss beside it; a run that still goes on grows when you come back.",
    "**Why** shapes come first and details last; where a sample stops changing, the run has little left to learn.",
)


@dataclass(frozen=True)
class Asked:
    """A run by its path, and one sample by its number from 1; 0 is the whole sheet."""

    run: str
    sample: int


def controls() -> Asked:
    """Pick a run and what of its sheets."""
    run = st.selectbox(
        "Run",
        [*timelapse.runs(), ELSEWHERE],
        key="run",
        bind="query-params",
        help="Runs in your Whisker home that wrote samples, latest first.",
    )
    if run == ELSEWHERE:
        text = "The folder given to `train --out`."
        run = st.text_input("Folder of a run", key="folder", bind="query-params", help=text).strip()
    sample = st.number_input(
        "Sample", 0, 36, 0, key="sample", bind="query-params", help="0 is the whole sheet; 1 to 36 are its samples."
    )
    widgets.film_zone()
    return Asked(run, int(sample))


def show(asked: Asked) -> None:
    """The run's samples under the scrubber, and the dialog."""
    if not asked.run:
        st.info(
            "No run has written samples yet. Train one, `python -m engines train ddpm-smoke --out .whisker/runs/mine`, "
            "or name the folder of a run.",
            icon=":material/info:",
        )
        return
    lapse = _lapse(asked.run, timelapse.stamp(asked.run))
    panes = _panes(asked, lapse)
    scale = max(1, WIDE // panes[0].frames.shape[1])
    st.caption(f"{asked.run} · {len(lapse.sheets)} sheets of {lapse.count} samples")
    scrubber(
        panes,
        key="film",
        labels=lapse.labels(),
        scale=scale,
        name="Training",
        caption=asked.run,
        chain=f"run-{asked.run}-{asked.sample}",
    )
    hints(HINTS)
    _offer(panes, lapse)


def offer(run: str) -> None:
    """The button and dialog alone, for a page that shows something else of a run."""
    lapse = _lapse(run, timelapse.stamp(run))
    _offer(_panes(Asked(run, 0), lapse), lapse)


def _offer(panes: list[Pane], lapse: Lapse) -> None:
    animate.offer("Training", Recipe(), panes, lapse.labels(), timing=Timing(8, hold=2.0))


def _panes(asked: Asked, lapse: Lapse) -> list[Pane]:
    number = min(asked.sample, lapse.count)
    frames = lapse.sample(number - 1) if number else lapse.sheets
    found = [Pane(f"sample {number}" if number else "samples", frames, "From the same noise at every stage.")]
    if np.isfinite(lapse.loss).any():
        curve = figure.curve(lapse.images, lapse.loss, frames.shape[1], frames.shape[1])
        found.append(Pane("loss", curve, "Mean of the training loss since the sheet before, on a logarithmic scale."))
    return found


@st.cache_data(max_entries=4, show_spinner="Reading the sheets…")
def _lapse(run: str, stamp: str) -> Lapse:
    """The sheets; `stamp` changes when there is another one."""
    return timelapse.lapse(run)
