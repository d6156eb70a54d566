"""Feature maps as pictures and numbers as figures: channels in colour, a grid of them, every block over a chain."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from studio.figures.colour import heat, signed_heat
from studio.figures.layout import DASHES, compact, marker_size, step_name, time_axis, value_axis

DECIBEL = (-40.0, 20.0)  # the ends of the dB scale
LEAST = 1e-6
SCALES = {"step": (1, 2, 3), "map": (2, 3), "chain": ()}  # the axes of (S, C, h, w) that share a scale
MEASURES = {
    "std": "standard deviation",
    "mean": "mean",
    "max": "largest magnitude",
    "dead": "dead share",
}


@dataclass(frozen=True)
class Sheet:
    """A grid of maps as frames, uint8 `(S, H, W, 3)`: `count` cells in rows of `columns`, `pitch` pixels apart."""

    frames: np.ndarray
    columns: int
    count: int
    pitch: int


def limit(values: np.ndarray) -> float:
    """The end of a signed scale for `values`: what one magnitude in 200 exceeds."""
    return max(LEAST, float(np.percentile(np.abs(values.astype(np.float32)), 99.5)))


def signed(values: np.ndarray, scale: str) -> tuple[np.ndarray, float, str]:
    """Colour maps `(S, C, h, w)` from −end to end as uint8 `(S, C, h, w, 3)`; also returns the end and its unit.

    `scale` says what has an end of its own, which is then 1: each `step`, each `map`, or nothing (`chain`).
    """
    values, axes = values.astype(np.float32), SCALES[scale]
    if not axes:
        end = limit(values)
        return signed_heat(values, end), end, ""
    ends = np.percentile(np.abs(values), 99.5, axis=axes, keepdims=True)
    return signed_heat(values / np.maximum(ends, LEAST), 1.0), 1.0, f"of the {scale}"


def loud(decibel: np.ndarray) -> np.ndarray:
    """Colour magnitudes in dB, `(S, C, h, w)`, as uint8 `(S, C, h, w, 3)`."""
    return heat(decibel, *DECIBEL)


def grid(rgb: np.ndarray) -> Sheet:
    """Lay maps, uint8 `(S, C, h, w, 3)`, out on mid-grey, a pixel apart, about as wide as high."""
    frames, count, height, width = rgb.shape[:4]
    columns = math.ceil(math.sqrt(count))
    rows, pitch = -(-count // columns), width + 1
    ground = np.full((frames, rows * (height + 1), columns * pitch, 3), 128, np.uint8)
    for i in range(count):
        y, x = i // columns * (height + 1), i % columns * pitch
        ground[:, y : y + height, x : x + width] = rgb[:, i]
    return Sheet(ground, columns, count, pitch)


def enlarge(rgb: np.ndarray, size: int) -> np.ndarray:
    """Repeat the pixels of pictures `(S, h, w, 3)` until they are `(S, size, size, 3)`; nothing is smoothed."""
    rows, columns = (np.arange(size) * side // size for side in rgb.shape[1:3])
    return rgb[:, rows[:, None], columns]


def levels(frames: int, count: int = 6) -> list[int]:
    """About `count` frames, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, frames - 1, min(count, frames)).round().astype(int)).tolist()


def profile_figure(t: np.ndarray, names: Sequence[str], values: np.ndarray, measure: str) -> go.Figure:
    """Draw one measure of every block, `(blocks, S)`, over the chain's steps `t` `(S,)`; magnitudes as log₁₀."""
    label, log = MEASURES[measure], measure in ("std", "max")
    if log:
        z, colour = np.log10(np.maximum(values, LEAST)), {"colorscale": "Viridis"}
    elif measure == "mean":
        end = float(np.abs(values).max()) or 1.0
        z, colour = values, {"colorscale": "PuOr", "zmin": -end, "zmax": end}
    else:
        z, colour = 100 * values, {"colorscale": "Viridis", "zmin": 0}
    unit = "%" if measure == "dead" else ""
    figure = go.Figure(
        go.Heatmap(
            z=z,
            y=list(names),
            colorbar={"thickness": 10, "nticks": 4, "x": 1, "xpad": 8, "ypad": 0, "len": 1},
            customdata=np.broadcast_to([step_name(step) for step in t], z.shape),
            hovertemplate=f"%{{y}}, t = %{{customdata}}: {'10^' if log else ''}%{{z:.3g}}{unit}<extra></extra>",
            **colour,
        )
    )
    figure.update_layout(
        xaxis=time_axis(t),
        yaxis={"autorange": "reversed", "fixedrange": True, "tickfont": {"size": 10}, "dtick": 1},
    )
    compact(figure, title=f"{'log₁₀ ' if log else ''}{label} of every block{', %' if unit else ''}")
    return figure.update_layout(height=15 * len(names) + 100, margin={"l": 84})


def channel_figure(t: np.ndarray, curves: Mapping[str, np.ndarray], title: str) -> go.Figure:
    """Draw the curves `(S,)` of one channel over the chain's steps `t` `(S,)`."""
    lines = [
        go.Scatter(
            x=np.arange(len(t)),
            y=y,
            name=name,
            mode="lines+markers",
            line={"dash": dash, "width": 2},
            marker={"size": marker_size(len(t))},
            customdata=[step_name(step) for step in t],
            hovertemplate="t = %{customdata}: %{y:.3g}",
        )
        for (name, y), dash in zip(curves.items(), DASHES, strict=False)
    ]
    figure = go.Figure(lines).update_layout(xaxis=time_axis(t), yaxis=value_axis("activation"))
    return compact(figure, title=title)


def effect_figure(inside: np.ndarray, outside: np.ndarray, most: int = 24) -> go.Figure:
    """Draw what silencing a channel changes inside a box and outside it, `(C,)` each, for those that matter most."""
    order = np.argsort(-inside, kind="stable")[:most]
    names = [str(channel) for channel in order]
    figure = go.Figure(
        [
            go.Bar(x=names, y=inside[order], name="inside the box"),
            go.Bar(x=names, y=outside[order], name="outside", marker={"pattern": {"shape": "/"}}),
        ]
    )
    figure.update_layout(
        xaxis={"type": "category", "title": {"text": "channel", "standoff": 4}, "fixedrange": True},
        yaxis=value_axis("RMS change of x₀", rangemode="tozero"),
    )
    return compact(figure, title="What the prediction loses without a channel")


def marked(picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """A picture, uint8 `(H, W, 3)`, dimmed outside a box: top, left, bottom, right, the last two outside it."""
    top, left, bottom, right = box
    shown = (picture * 0.35 + 60).astype(np.uint8)
    shown[top:bottom, left:right] = picture[top:bottom, left:right]
    return shown


def framed(picture: np.ndarray, at: tuple[int, int], side: int) -> np.ndarray:
    """A picture, uint8 `(H, W, 3)`, with a white frame around the pixel `at` of a feature map of `side` × `side`."""
    height, width = picture.shape[:2]
    top, left = at[0] * height // side, at[1] * width // side
    bottom, right = (at[0] + 1) * height // side, (at[1] + 1) * width // side
    shown = picture.copy()
    shown[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = 255
    shown[top:bottom, left:right] = picture[top:bottom, left:right]
    return shown
