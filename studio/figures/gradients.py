"""Gradients by layer, by noise level and by step; layers stand in the order of the network, its input first."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import DASHES, compact, marker_size, value_axis

TALL = 420
HEALTHY_UPDATE = 1e-3
EDGE = {"dash": "dot", "width": 1, "color": "rgba(128, 128, 128, 0.6)"}  # between the parts of the network
_BAR = {"thickness": 10, "x": 1, "xpad": 8, "ypad": 0, "len": 1}


def short_name(layer: str) -> str:
    """A layer without the prefix that all of them share."""
    return layer.removeprefix("net.")


def parts(layers: Sequence[str]) -> dict[str, int]:
    """The parts of a network, such as down and up, and where each begins among its layers."""
    begins: dict[str, int] = {}
    for i, layer in enumerate(layers):
        begins.setdefault(short_name(layer).split(".")[0], i)
    return begins


def depth_figure(
    layers: Sequence[str],
    curves: Mapping[str, np.ndarray],
    *,
    title: str,
    unit: str = "",
    marked: Sequence[str] = (),
    level: float | None = None,
) -> go.Figure:
    """Draw curves `(L,)` by layer on a log scale; zeros have no place there and leave a gap.

    `marked` layers carry a cross on the first curve; `level` is a dotted line to compare with.
    """
    x, names = np.arange(len(layers)), [short_name(layer) for layer in layers]
    figure = go.Figure(
        [
            go.Scatter(
                x=x,
                y=positive(y),
                name=name,
                mode="lines+markers",
                line={"dash": dash, "width": 1.5},
                marker={
                    "size": np.where(np.isin(layers, marked), 11, 5) if i == 0 else marker_size(len(layers)),
                    "symbol": np.where(np.isin(layers, marked), "x", "circle") if i == 0 else "circle",
                },
                customdata=names,
                hovertemplate=f"%{{customdata}}<br>{name}: %{{y:.3g}}<extra></extra>",
            )
            for i, ((name, y), dash) in enumerate(zip(curves.items(), DASHES, strict=False))
        ]
    )
    if level is not None:
        figure.add_hline(y=level, line={"dash": "dash", "width": 1.5, "color": "gray"})
    for begin in list(parts(layers).values())[1:]:
        figure.add_vline(x=begin - 0.5, line=EDGE)
    figure.update_layout(xaxis=_layer_axis(layers), yaxis=log_axis(unit, *curves.values()))
    return compact(figure, title=title, right=24).update_layout(height=260)


def heat_figure(
    layers: Sequence[str],
    x: np.ndarray,
    values: np.ndarray,
    *,
    title: str,
    x_title: str,
    ends: tuple[float, float] | None = None,
) -> go.Figure:
    """Draw log₁₀ of `values`, `(len(x), L)`, layer by layer over `x`; the colours go from `ends` of log₁₀.

    Columns are equally wide, whatever the distance of their `x`. What is 0 or not a number is left open.
    """
    logs = np.log10(positive(values)).T  # (L, len(x))
    low, high = ends or log_ends(values)
    at = np.unique(np.linspace(0, len(x) - 1, min(len(x), 10)).round().astype(int))
    figure = go.Figure(
        go.Heatmap(
            z=logs,
            zmin=low,
            zmax=high,
            colorscale="Viridis",
            colorbar={**_BAR, "nticks": 6, "title": {"text": "log₁₀"}},
            text=np.broadcast_to(np.array([short_name(layer) for layer in layers])[:, None], logs.shape),
            customdata=np.broadcast_to(x, logs.shape),
            hovertemplate=f"%{{text}}<br>{x_title} %{{customdata}}: 10^%{{z:.2f}}<extra></extra>",
        )
    )
    places = {"title": {"text": x_title, "standoff": 4}, "tickvals": at.tolist(), "ticktext": [str(x[i]) for i in at]}
    figure.update_layout(
        xaxis={**places, "fixedrange": True}, yaxis={**_layer_axis(layers), "autorange": "reversed", "range": None}
    )
    for begin in list(parts(layers).values())[1:]:
        figure.add_hline(y=begin - 0.5, line=EDGE)
    return compact(figure, title=title, right=80).update_layout(height=TALL)


def curves_figure(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str, x_title: str, y_title: str = ""
) -> go.Figure:
    """Draw one line per name from its `x` and `y`, `(N,)` each, on a log scale."""
    figure = go.Figure(
        [
            go.Scatter(
                x=x,
                y=positive(y),
                name=name,
                mode="lines+markers" if len(x) <= 40 else "lines",
                line={"dash": dash, "width": 2},
                hovertemplate=f"{name}, {x_title} %{{x}}: %{{y:.3g}}<extra></extra>",
            )
            for (name, (x, y)), dash in zip(curves.items(), DASHES, strict=False)
        ]
    )
    axis = {"title": {"text": x_title, "standoff": 4}, "fixedrange": True, "zeroline": False}
    figure.update_layout(xaxis=axis, yaxis=log_axis(y_title, *(y for _, y in curves.values())), showlegend=True)
    return compact(figure, title=title, right=24)


def log_ends(*values: np.ndarray) -> tuple[float, float]:
    """The ends of a shared colour scale: log₁₀ of the largest value, and of the smallest or twelve decades below."""
    logs = np.log10(np.concatenate([v[np.isfinite(v) & (v > 0)] for v in values]))
    if not len(logs):
        return 0.0, 1.0
    return float(max(logs.min(), logs.max() - 12)), float(max(logs.max(), logs.min() + 1e-6))


def positive(values: np.ndarray) -> np.ndarray:
    """What a log scale can show; NaN for the rest."""
    values = np.asarray(values, float)
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def log_axis(title: str, *values: np.ndarray) -> dict[str, object]:
    """A logarithmic y axis for `values`: few ticks at whole powers of ten, or at 1, 2 and 5 in a narrow range."""
    low, high = log_ends(*map(np.ravel, values))
    dtick = "D2" if high - low < 1.5 else max(1, -(-int(high - low) // 5))
    return value_axis(title, type="log", dtick=dtick, tickformat=".0e")


def _layer_axis(layers: Sequence[str]) -> dict[str, object]:
    """Name the parts of the network in their middle, if they are long enough to hold a name."""
    begins = parts(layers)
    ends = [*list(begins.values())[1:], len(layers)]
    spans = {name: (begin, end) for (name, begin), end in zip(begins.items(), ends, strict=True)}
    named = {name: (a + b - 1) / 2 for name, (a, b) in spans.items() if b - a >= len(layers) / 16}
    return {
        "tickvals": list(named.values()),
        "ticktext": list(named),
        "tickangle": 0,
        "range": [-1, len(layers)],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
