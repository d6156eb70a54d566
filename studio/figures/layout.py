"""The frame around every small figure: no ground of its own, room for every label, the scrubber's time axis."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

HEIGHT = 220
MODEBAR = ["zoom", "pan", "zoomIn", "zoomOut", "autoScale", "resetScale", "select", "lasso", "toImage"]
DASHES = ("solid", "dash", "dot", "dashdot")


def compact(figure: go.Figure, *, title: str, right: int = 64) -> go.Figure:
    """Set size, margins and behaviour; equal side margins make figures under one another share their axis.
    Three short names fit above the plot from 300 px of width on.

    Dragging on a figure belongs to the scrubber, so plotly's own zoom is off.
    """
    return figure.update_layout(
        title={"text": title, "x": 0, "xref": "container", "y": 0.98, "yref": "container", "font": {"size": 14}},
        height=HEIGHT,
        margin={"l": 64, "r": right, "t": 54, "b": 44, "autoexpand": False},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        hovermode="closest",
        legend={
            "orientation": "h",
            "x": 0,
            "xref": "container",
            "y": 1 - 24 / HEIGHT,
            "yref": "container",
            "yanchor": "top",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 11},
        },
        modebar={"remove": MODEBAR},
    )


def time_axis(t: Sequence[int] | np.ndarray) -> dict[str, object]:
    """Return the scrubber's axis: frame index from noise to picture; ticks say the frame's t, −1 is the end."""
    frames = len(t)
    shown = np.unique(np.linspace(0, frames - 1, min(frames, 6)).round().astype(int))
    return {
        "title": {"text": "t", "standoff": 4},
        "range": [-0.5, frames - 0.5],
        "tickvals": shown.tolist(),
        "ticktext": [step_name(t[i]) for i in shown],
        "fixedrange": True,
        "zeroline": False,
    }


def value_axis(title: str, **more: object) -> dict[str, object]:
    """A y axis with a title that never moves the plot area."""
    return {"title": {"text": title, "standoff": 6}, "fixedrange": True, "zeroline": False, "nticks": 5, **more}


def marker_size(frames: int) -> int:
    """Mark frames one by one while there is room between them."""
    return 6 if frames <= 40 else 3


def step_name(t: int) -> str:
    """Say a frame's time: its t, or "end" once the picture is finished."""
    return "end" if t < 0 else str(int(t))
