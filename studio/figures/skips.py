"""Skips as figures: how much each carries through a chain, and what the network says without it."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import compact, step_name, time_axis, value_axis
from studio.figures.spectrum import FLOOR


def shares_figure(t: np.ndarray, names: Sequence[str], shares: np.ndarray) -> go.Figure:
    """Draw the share of each skip where it enters, `(S, K)`, over the chain's steps `t` `(S,)`, the finest on top."""
    figure = _map(t, names, 100 * shares.T, "%", zmin=0, zmax=100)
    return figure.update_layout(title={"text": "Share of the skip in what enters, %"})


def harm_figure(t: np.ndarray, names: Sequence[str], change: np.ndarray, what: str) -> go.Figure:
    """Draw the relative change of a prediction without each skip, `(S, K)`, at the levels `t` `(S,)`."""
    figure = _map(t, names, 100 * change.T, "%", zmin=0)
    return figure.update_layout(title={"text": f"Change of the {what}, % of its norm"})


def spectra_figure(before: np.ndarray, after: np.ndarray) -> go.Figure:
    """Draw the power of two pictures by spatial frequency 1 … F, `(F,)` each, on logarithmic axes."""
    cycles = np.arange(1, len(before) + 1)
    figure = go.Figure(
        [
            go.Scatter(
                x=cycles,
                y=np.maximum(power, FLOOR),
                name=name,
                line={"dash": dash, "width": 2},
                hovertemplate="%{x} cycles: %{y:.3g}",
            )
            for name, power, dash in (("before", before, "solid"), ("after", after, "dash"))
        ]
    )
    figure.update_layout(
        xaxis={**value_axis("cycles per picture"), "type": "log", "tickvals": [1, 2, 4, 8, 16, 32, 64, 128]},
        yaxis=value_axis("power", type="log", dtick=1, tickformat="~g"),
    )
    return compact(figure, title="Spectrum of the picture")


def _map(t: np.ndarray, names: Sequence[str], z: np.ndarray, unit: str, **ends: float) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(
            z=z,
            y=list(names),
            colorscale="Viridis",
            colorbar={"thickness": 10, "nticks": 4, "x": 1, "xpad": 8, "ypad": 0, "len": 1},
            customdata=np.broadcast_to([step_name(step) for step in t], z.shape),
            hovertemplate=f"%{{y}}, t = %{{customdata}}: %{{z:.3g}} {unit}<extra></extra>",
            **ends,
        )
    )
    figure.update_layout(
        xaxis={**time_axis(t), "tickangle": 0, "tickfont": {"size": 10}},
        yaxis={"fixedrange": True, "tickfont": {"size": 10}, "dtick": 1},
    )
    compact(figure, title="")
    return figure.update_layout(margin={"l": 120}, height=max(220, 20 * len(names) + 100))
