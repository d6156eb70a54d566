"""What a scrubber shows: panes of frames, colour bars, linked plots; and what the browser is told about them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.figures.colour import hex_stops
from studio.figures.digits import short
from studio.scrubber.sheets import sheets


@dataclass(frozen=True)
class Legend:
    """The colour bar of a pane: the colour map `colours` (see `figures.colour`) from `low` to `high`, with a unit."""

    colours: str
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True)
class Pane:
    """One picture of the stage: `frames`, uint8 `(S, H, W, 3)`, under a title whose hover text is `help`."""

    title: str
    frames: np.ndarray
    help: str = ""
    legend: Legend | None = None


@dataclass(frozen=True)
class Plot:
    """A chart the page draws with `st.plotly_chart(…, key=key)`; `x[i]` is where frame i stands on its x axis."""

    key: str
    x: Sequence[float]


def check(panes: Sequence[Pane], labels: Sequence[str], plots: Sequence[Plot], total: int, strip: int | None) -> int:
    """Return the number of frames, or raise ValueError when panes, labels and plots do not belong together."""
    if not panes:
        raise ValueError("No panes; give the scrubber at least one Pane.")
    for pane in panes:
        shape, dtype = np.shape(pane.frames), np.asarray(pane.frames).dtype
        if len(shape) != 4 or shape[3] != 3 or 0 in shape or dtype != np.uint8:
            raise ValueError(
                f"Pane {pane.title!r} has frames {shape} of {dtype}; allowed: uint8 (S, H, W, 3) with S, H, W ≥ 1."
            )
    frames = len(panes[0].frames)
    counts = {
        **{f"pane {pane.title!r}": len(pane.frames) for pane in panes},
        "labels": len(labels),
    }
    if set(counts.values()) != {frames}:
        listed = ", ".join(f"{name} {n}" for name, n in counts.items())
        raise ValueError(f"Every pane needs one frame per step, and every frame one label; got {listed}.")
    for plot in plots:
        if len(plot.x) < frames:
            raise ValueError(f"Plot {plot.key!r} has {len(plot.x)} positions for {frames} frames; give one x a frame.")
    if total < frames:
        raise ValueError(f"total is {total}, yet {frames} frames are here; leave it out or give the number expected.")
    if strip is not None and not 0 <= strip < len(panes):
        raise ValueError(f"strip is {strip}; allowed: 0 to {len(panes) - 1}, the panes' indices, or None for no strip.")
    return frames


def identity(panes: Sequence[Pane]) -> str:
    """Hash what stays the same while frames arrive: the panes' titles, their sizes and their first frames."""
    digest = hashlib.blake2b(digest_size=8)
    for pane in panes:
        digest.update(f"{pane.title}{pane.frames.shape[1:]}".encode())
        digest.update(pane.frames[0].tobytes())
    return digest.hexdigest()


def payload(pane: Pane) -> dict[str, Any]:
    """Describe a pane to the browser, its frames as sprite sheets."""
    height, width = pane.frames.shape[1:3]
    return {
        "title": pane.title,
        "help": pane.help,
        "legend": None if pane.legend is None else _legend(pane.legend),
        "width": width,
        "height": height,
        "sheets": sheets(pane.frames),
    }


def _legend(legend: Legend) -> dict[str, Any]:
    ends = (legend.low, (legend.low + legend.high) / 2, legend.high)
    return {"colours": hex_stops(legend.colours), "numbers": [short(end) for end in ends], "unit": legend.unit}
