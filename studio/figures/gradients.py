"""Gradients by layer, by noise level and by step; layers stand in the order of the network, its input first."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import DASHES, compact, marker_size, value_axis

TALL = 420
HEALTHY_UPDATE = 1e-3
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
        figure.add_hline(y=level, line={"dash": "dot", "width": 1, "color": "gray"})
    figure.update_layout(xaxis=_layer_axis(layers), yaxis=log_axis(unit))
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
    begins = parts(layers)
    figure.update_layout(
        xaxis={
            "title": {"text": x_title, "standoff": 4},
            "tickvals": at.tolist(),
            "ticktext": [str(x[i]) for i in at],
            "fixedrange": True,
        },
        yaxis={
            "tickvals": list(begins.values()),
            "ticktext": list(begins),
            "autorange": "reversed",
            "fixedrange": True,
        },
    )
    return compact(figure, title=title, right=80).update_layout(height=TALL)


def curves_figure(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str, x_title: str, y_title: str, log: bool = True
) -> go.Figure:
    """Draw one line per name from its `x` and `y`, `(N,)` each."""
    figure = go.Figure(
        [
            go.Scatter(
                x=x,
                y=positive(y) if log else y,
                name=name,
                mode="lines+markers" if len(x) <= 40 else "lines",
                line={"dash": dash, "width": 2},
                hovertemplate=f"{name}, {x_title} %{{x}}: %{{y:.3g}}<extra></extra>",
            )
            for (name, (x, y)), dash in zip(curves.items(), DASHES, strict=False)
        ]
    )
    axis = {"title": {"text": x_title, "standoff": 4}, "fixedrange": True, "zeroline": False}
    figure.update_layout(
        xaxis=axis, yaxis=log_axis(y_title) if log else value_axis(y_title, rangemode="tozero"), showlegend=True
    )
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


def log_axis(title: str) -> dict[str, object]:
    """A logarithmic y axis with whole powers of ten."""
    return value_axis(title, type="log", exponentformat="power", tickformat="")


def _layer_axis(layers: Sequence[str]) -> dict[str, object]:
    begins = parts(layers)
    return {
        "tickvals": list(begins.values()),
        "ticktext": list(begins),
        "ticklabelposition": "outside right",
        "range": [-1, len(layers)],
        "showgrid": True,
        "zeroline": False,
        "fixedrange": True,
    }
