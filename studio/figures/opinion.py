"""A discriminator's opinion: scores as a histogram of groups, and pictures in the order of their scores."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from studio.figures.attribution import overlay
from studio.figures.layout import compact, value_axis

BINS = 24
SHAPES = ("", "/", "x", "-", "\\")  # colour is never the only mark
MARKS = ((0, 114, 178), (213, 94, 0), (0, 128, 92), (163, 77, 132))  # under the pictures of a gallery, as the lines
MARK = 4  # px


def edges(scores: np.ndarray) -> np.ndarray:
    """Equal bins over all scores, `(BINS + 1,)`, also where they are all the same."""
    low, high = float(scores.min()), float(scores.max())
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def histogram_figure(scores: np.ndarray, groups: np.ndarray, names: Sequence[str], unit: str) -> go.Figure:
    """Shares of each group's pictures by score, side by side in the same bins."""
    at = edges(scores)
    middle = (at[1:] + at[:-1]) / 2
    figure = go.Figure()
    for name, colour, shape in zip(names, _cycle(MARKS, names), _cycle(SHAPES, names), strict=True):
        mine = scores[groups == name]
        share = np.histogram(mine, at)[0] / max(len(mine), 1)
        figure.add_bar(
            x=middle,
            y=share,
            width=(at[1] - at[0]) * 0.96,
            name=name,
            opacity=0.65,
            marker={"color": _css(colour), "pattern": {"shape": shape}},
            hovertemplate=f"{name}<br>{unit} %{{x:.3g}}: %{{y:.0%}}<extra></extra>",
        )
    if at[0] < 0 < at[-1]:
        figure.add_vline(x=0, line={"dash": "dot", "width": 1, "color": "gray"})
    figure.update_layout(
        barmode="overlay",
        xaxis={"title": {"text": unit, "standoff": 4}, "range": [at[0], at[-1]], "fixedrange": True, "zeroline": False},
        yaxis=value_axis("share", tickformat=".0%", rangemode="tozero"),
    )
    return compact(figure, title="What it says of each kind", right=24)


def gallery(pictures: np.ndarray, groups: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Pictures, uint8 `(N, H, W, 3)`, each on a line in the colour of its group: `(N, H + MARK, W, 3)`."""
    marks = dict(zip(names, _cycle(MARKS, names), strict=True))
    out = np.empty((len(pictures), pictures.shape[1] + MARK, *pictures.shape[2:]), np.uint8)
    out[:, :-MARK] = pictures
    for row, group in zip(out, groups, strict=True):
        row[-MARK:] = marks[group]
    return out


def looked(pictures: np.ndarray, saliency: np.ndarray, opacity: float = 0.9) -> np.ndarray:
    """Saliency `(N, H, W)` in viridis, from 0 to each picture's own largest value, over the pictures in grey."""
    grey = np.repeat(pictures.mean(3, keepdims=True), 3, axis=3).astype(np.uint8)
    return np.stack([overlay(*each, False, opacity) for each in zip(grey, saliency, strict=True)])


def _cycle(values: Sequence, names: Sequence[str]) -> list:
    return [values[i % len(values)] for i in range(len(names))]


def _css(colour: tuple[int, int, int]) -> str:
    return f"rgb{colour}"
