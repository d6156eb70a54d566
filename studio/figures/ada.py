"""Adaptive augmentation in curves: the overfitting sign at each p, and p over a run."""

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import DASHES, compact, value_axis


def sign_figure(p: np.ndarray, curves: dict[str, np.ndarray], target: float) -> go.Figure:
    """Mean signs from −1 to 1, `(S,)` each, over p; `target` is where ADA would keep the real ones."""
    figure = _lines(p, curves)
    figure.add_hline(y=target, line={"dash": "dot", "width": 1, "color": "gray"}, annotation_text=f"target {target:g}")
    figure.update_layout(
        xaxis={"title": {"text": "p", "standoff": 4}, "range": [-0.025, 1.025], "fixedrange": True, "zeroline": False},
        yaxis=value_axis("mean sign", range=[-1.1, 1.1]),
    )
    return compact(figure, title="Taken for real (+1) or not (−1), by p", right=24)


def course_figure(images: np.ndarray, p: np.ndarray, r: np.ndarray, target: float) -> go.Figure:
    """p and r over the pictures that a run had seen, `(N,)` each."""
    figure = _lines(images, {"p": p, "r": r})
    figure.add_hline(y=target, line={"dash": "dot", "width": 1, "color": "gray"}, annotation_text=f"target {target:g}")
    figure.update_layout(
        xaxis={"title": {"text": "pictures seen", "standoff": 4}, "fixedrange": True, "zeroline": False},
        yaxis=value_axis("", range=[-1.1, 1.1]),
    )
    return compact(figure, title="p and r over the run", right=24)


def _lines(x: np.ndarray, curves: dict[str, np.ndarray]) -> go.Figure:
    return go.Figure(
        [
            go.Scatter(
                x=x,
                y=y,
                name=name,
                mode="lines",
                line={"dash": dash, "width": 1.5},
                hovertemplate=f"{name} %{{y:.2f}} at %{{x:.4g}}<extra></extra>",
            )
            for (name, y), dash in zip(curves.items(), DASHES, strict=False)
        ]
    )
