"""Figures of a fusion by regions: numbers of each method over the share of the chain that is left to run."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import DASHES, compact, value_axis

HEIGHT = 300


def start_figure(
    starts: np.ndarray, curves: Mapping[str, np.ndarray], levels: Mapping[str, float], *, title: str, unit: str
) -> go.Figure:
    """Draw a number of each method, `(S,)`, over `starts`, `(S,)`; `levels` are dotted lines to compare with.

    A level that is NaN is left out.
    """
    figure = go.Figure(
        [
            go.Scatter(
                x=starts,
                y=y,
                name=name,
                mode="lines+markers",
                marker={"size": 5},
                line={"dash": dash, "width": 2},
                hovertemplate=f"{name}<br>start = %{{x:.0%}}: %{{y:.3g}}<extra></extra>",
            )
            for (name, y), dash in zip(curves.items(), DASHES, strict=False)
        ]
    )
    for name, level in levels.items():
        if not np.isnan(level):
            figure.add_scatter(
                x=[starts[0], starts[-1]],
                y=[level, level],
                name=name,
                mode="lines",
                line={"dash": "dot", "width": 1, "color": "gray"},
                hovertemplate=f"{name}: %{{y:.3g}}<extra></extra>",
            )
    half = (starts[1] - starts[0]) / 2 if len(starts) > 1 else 0.5
    compact(figure, title=title, right=16)
    return figure.update_layout(
        height=HEIGHT,
        xaxis={
            "title": {"text": "start, share of the chain", "standoff": 4},
            "range": [starts[0] - half, starts[-1] + half],
            "tickformat": ".0%",
            "fixedrange": True,
            "zeroline": False,
        },
        yaxis=value_axis(unit, rangemode="tozero"),
        margin={"l": 64, "r": 16, "t": 32, "b": 124, "autoexpand": False},
        legend={"y": 0, "yref": "container", "yanchor": "bottom"},
    )
