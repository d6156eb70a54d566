"""Figures of paths between cats: the noise that a mix keeps, the speed of features, the distance to the parents."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from studio.figures.digits import short
from studio.figures.layout import DASHES, compact, value_axis

PLOT, AXIS, LINE = 190, 50, 19  # px of height: the plot with its title, its axis, and a line of the legend
COLOURS = 4  # of a theme, before dashes tell lines apart
LOST = "theory, two noises"


def noise_figure(places: np.ndarray, noise: Mapping[str, np.ndarray]) -> go.Figure:
    """Draw the standard deviation of each row's noise, `(F,)`, over the path, and what theory expects of two noises."""
    lam = places - np.floor(places)
    figure = go.Figure(_lines(places, noise, "σ of the noise"))
    figure.add_scatter(
        x=places,
        y=np.sqrt(lam**2 + (1 - lam) ** 2),
        name=LOST,
        mode="lines",
        line={"dash": "dot", "width": 1, "color": "gray"},
        hovertemplate="√(λ² + (1 − λ)²) = %{y:.3g}<extra></extra>",
    )
    figure.add_hline(y=1, line={"width": 1, "color": "gray"})
    return _framed(figure, places, "Noise in the mix: a chain needs σ = 1", "σ", rangemode="tozero")


def speed_figure(places: np.ndarray, speed: Mapping[str, np.ndarray], jumps: Mapping[str, np.ndarray]) -> go.Figure:
    """Draw how far features move per frame, `(F − 1,)`, between the frames; crosses stand at the `jumps`."""
    between = (places[1:] + places[:-1]) / 2
    figure = go.Figure(_lines(between, speed, "speed"))
    marked = [(between[i], values[i], name) for name, values in speed.items() for i in jumps.get(name, ())]
    if marked:
        x, y, names = zip(*marked, strict=True)
        figure.add_scatter(
            x=x,
            y=y,
            text=names,
            name="jump",
            mode="markers",
            marker={"symbol": "x", "size": 9, "color": "gray"},
            hovertemplate="%{text}: a jump<extra></extra>",
        )
    return _framed(figure, places, "Speed: how far features move per λ", "speed", rangemode="tozero")


def identity_figure(places: np.ndarray, curves: Mapping[str, np.ndarray], row: str) -> go.Figure:
    """Draw the distances of one row to both parents, their balance and the detail, `(F,)` each."""
    figure = go.Figure(_lines(places, curves, "value"))
    return _framed(figure, places, f"{row}: whose cat is it?", "1 − cosine; share", rangemode="tozero")


def numbers(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of the rows at one place, in Markdown; the keys of the first row are its header."""
    if not rows:
        return ""
    header = list(rows[0])
    lines = [header, ["---"] * len(header), *([_cell(row[name]) for name in header] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("|", "\\|")
    return "–" if np.isnan(value) else short(float(value))


def _lines(x: np.ndarray, curves: Mapping[str, np.ndarray], what: str) -> list[go.Scatter]:
    return [
        go.Scatter(
            x=x,
            y=y,
            name=name,
            mode="lines",
            line={"dash": DASHES[i // COLOURS % len(DASHES)], "width": 2},
            hovertemplate=f"{name}<br>λ = %{{x:.3g}}, {what} %{{y:.3g}}<extra></extra>",
        )
        for i, (name, y) in enumerate(curves.items())
    ]


def _framed(figure: go.Figure, places: np.ndarray, title: str, unit: str, **axis: Any) -> go.Figure:
    half = (places[1] - places[0]) / 2
    last = round(float(places[-1]))
    ends = {0: "A", 1: "B"} if last == 1 else {i: str(i + 1) for i in range(last + 1)}
    ticks = np.round(np.linspace(0, last, 5 if last == 1 else 2 * last + 1), 3)
    below = AXIS + LINE * -(-len(figure.data) // 2)  # two names fit beside each other on a phone
    compact(figure, title=title, right=16)
    figure.update_layout(
        height=PLOT + below,
        xaxis={
            "title": {"text": "λ", "standoff": 4},
            "range": [places[0] - half, places[-1] + half],
            "tickvals": ticks.tolist(),
            "ticktext": [
                f"{short(float(t))} ({ends[int(t)]})" if float(t).is_integer() else short(float(t)) for t in ticks
            ],
            "fixedrange": True,
            "zeroline": False,
        },
        yaxis=value_axis(unit, **axis),
        margin={"l": 64, "r": 16, "t": 32, "b": below, "autoexpand": False},
        legend={"y": 0, "yref": "container", "yanchor": "bottom"},
    )
    return figure
