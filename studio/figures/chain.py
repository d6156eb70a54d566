"""How a chain moves: what each step changes, what noise it predicts, how far its guess is from the final picture."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import DASHES, compact, marker_size, step_name, time_axis, value_axis


@dataclass(frozen=True)
class ChainCurves:
    """One number per frame, `(S,)`, in units of the picture's range [-1, 1]; NaN where a frame has none."""

    change: np.ndarray
    noise: np.ndarray
    distance: np.ndarray


def chain_curves(x_t: np.ndarray, x0: np.ndarray, eps: np.ndarray) -> ChainCurves:
    """Measure a chain of pictures `(S, H, W, C)` in [-1, 1]; its last frame is finished and predicts no noise.

    `change` is the RMS of x_t minus the x_t before (none for the first frame), `noise` the standard deviation of the
    predicted noise, `distance` the RMS between the predicted x₀ and the last one.
    """
    change = np.full(len(x_t), np.nan)
    change[1:] = _rms(np.diff(x_t, axis=0))
    noise = eps.reshape(len(eps), -1).std(axis=1, dtype=np.float64)
    noise[-1] = np.nan
    return ChainCurves(change, noise, _rms(x0 - x0[-1]))


def chain_figure(t: np.ndarray, curves: ChainCurves) -> go.Figure:
    """Draw the curves over the scrubber's time axis; `t` `(S,)` is the time of each frame."""
    lines = (
        ("change", "x_t since the last step, RMS", curves.change),
        ("noise", "predicted noise, standard deviation", curves.noise),
        ("distance", "predicted x₀ to the final picture, RMS", curves.distance),
    )
    figure = go.Figure(
        [
            go.Scatter(
                x=np.arange(len(t)),
                y=y,
                name=name,
                mode="lines+markers",
                line={"dash": dash, "width": 2},
                marker={"size": marker_size(len(t))},
                customdata=[step_name(step) for step in t],
                hovertemplate=f"t = %{{customdata}}: %{{y:.3g}}<br>{meaning}<extra></extra>",
            )
            for (name, meaning, y), dash in zip(lines, DASHES, strict=False)
        ]
    )
    figure.update_layout(xaxis=time_axis(t), yaxis=value_axis("RMS (range ±1)", rangemode="tozero"))
    return compact(figure, title="Steps of the chain")


def _rms(pictures: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(pictures, dtype=np.float64).reshape(len(pictures), -1).mean(axis=1))
