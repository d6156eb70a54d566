"""A search in curves: how far the picture still is, step by step."""

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import compact, value_axis


def search_figure(index: np.ndarray, values: np.ndarray, total: int, title: str, unit: str) -> go.Figure:
    """One number, `(S,)`, over the steps `index`, `(S,)`, of `total`."""
    figure = go.Figure(
        go.Scatter(
            x=index, y=values, mode="lines", line={"width": 1.5}, hovertemplate="step %{x}: %{y:.3g}<extra></extra>"
        )
    )
    figure.update_layout(
        xaxis={"title": {"text": "step", "standoff": 4}, "range": [0, total], "fixedrange": True, "zeroline": False},
        yaxis=value_axis(unit),
    )
    return compact(figure, title=title, right=24)
