"""The noise schedule on the time axis of a chain: how much picture, how much noise, and their ratio."""

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import compact, marker_size, time_axis, value_axis


def schedule_figure(t_of_frames: np.ndarray, alpha_bar_all: np.ndarray, alpha_bar_frames: np.ndarray) -> go.Figure:
    """Draw √ᾱ, √(1−ᾱ) and the SNR in dB over a chain's frames, with a mark at every used step.

    `t_of_frames` `(S,)` falls and may end with −1, the finished picture; `alpha_bar_all` `(T,)` is ᾱ of every t;
    `alpha_bar_frames` `(S,)` is ᾱ of the frames. Between two frames the curves follow every t that the chain skips.
    """
    t, alpha_bar, used = _along_frames(np.asarray(t_of_frames), np.asarray(alpha_bar_all), np.asarray(alpha_bar_frames))
    at = np.interp(-t, -np.asarray(t_of_frames, float), np.arange(len(t_of_frames)))
    with np.errstate(divide="ignore"):
        decibel = 10 * np.log10(alpha_bar / (1 - alpha_bar))
    decibel[~np.isfinite(decibel)] = np.nan
    curves = (
        ("picture", np.sqrt(alpha_bar), "solid", "y", ""),
        ("noise", np.sqrt(1 - alpha_bar), "dash", "y", ""),
        ("SNR", decibel, "dot", "y2", " dB"),
    )
    figure = go.Figure(
        [
            go.Scatter(
                x=at,
                y=y,
                name=name,
                yaxis=axis,
                mode="lines+markers",
                line={"dash": dash, "width": 2},
                marker={"size": np.where(used, marker_size(len(t_of_frames)), 0), "opacity": 1, "line": {"width": 0}},
                customdata=t,
                hovertemplate=f"t = %{{customdata}}: %{{y:.3g}}{unit}<extra>{name}</extra>",
            )
            for name, y, dash, axis, unit in curves
        ]
    )
    ratio = value_axis("SNR (dB)", overlaying="y", side="right", showgrid=False, tickmode="auto")
    ratio["title"]["standoff"] = 12  # its numbers have a sign
    figure.update_layout(
        xaxis=time_axis(t_of_frames),
        yaxis=value_axis("√ᾱ and √(1−ᾱ)", range=[-0.03, 1.03]),
        yaxis2=ratio,
    )
    return compact(figure, title="Noise schedule")


def _along_frames(t_of_frames: np.ndarray, all_: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return t, ᾱ and "is it a frame" for every t the chain passes, falling."""
    if t_of_frames.shape != frames.shape:
        raise ValueError(f"{len(t_of_frames)} times but {len(frames)} values of ᾱ for the frames; give one each.")
    if len(t_of_frames) > 1 and (np.diff(t_of_frames) >= 0).any():
        raise ValueError("The times of the frames must fall, from noise to picture.")
    known = dict(enumerate(all_)) | dict(zip(t_of_frames.tolist(), frames, strict=True))
    t = np.array([s for s in sorted(known, reverse=True) if t_of_frames[-1] <= s <= t_of_frames[0]])
    return t, np.clip([known[s] for s in t], 0, 1), np.isin(t, t_of_frames)
