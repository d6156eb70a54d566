"""Power over spatial frequency, step by step: coarse structure is decided before fine."""

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import DASHES, compact, step_name, time_axis, value_axis

FLOOR = 1e-12  # log₁₀ of 0 has no place on an axis
DECADES = 6  # under the largest power; below lies the rounding of 8-bit pictures


def radial_spectrum(pictures: np.ndarray) -> np.ndarray:
    """Return the mean power at each spatial frequency 1, 2, … cycles per picture: `(S, F)`, F = half the shorter side.

    `pictures` `(S, H, W, C)` in [-1, 1]. The transform is orthonormal, so white noise of variance σ² has power σ² at
    every frequency; the mean of the picture (frequency 0) is left out.
    """
    height, width = pictures.shape[1:3]
    power = np.abs(np.fft.fft2(pictures, axes=(1, 2), norm="ortho")) ** 2  # (S, H, W, C)
    power = power.mean(axis=3).reshape(len(pictures), -1)
    side = min(height, width)
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)) * side
    ring = np.rint(radius).astype(int).ravel()
    return np.stack([power[:, ring == k].mean(axis=1) for k in range(1, side // 2 + 1)], axis=1)


def spectrum_figure(t: np.ndarray, spectra: np.ndarray) -> go.Figure:
    """Draw log power `(S, F)` as a heat map, frame by spatial frequency 1 … F; `t` `(S,)` is the time of each frame."""
    _check(t, spectra)
    power = np.log10(np.maximum(spectra, FLOOR))
    figure = go.Figure(
        go.Heatmap(
            z=power.T,
            y=_frequencies(spectra),
            colorscale="Viridis",
            zmin=power.max() - DECADES,
            zmax=power.max(),
            colorbar={"thickness": 10, "nticks": 4, "x": 1, "xpad": 8, "ypad": 0, "len": 1},
            customdata=np.broadcast_to([step_name(step) for step in t], spectra.T.shape),
            hovertemplate="t = %{customdata}, %{y} cycles: 10^%{z:.3g}<extra></extra>",
        )
    )
    figure.update_layout(xaxis=time_axis(t), yaxis=value_axis("cycles per picture"))
    return compact(figure, title="log₁₀ power by spatial frequency")


def spectrum_lines_figure(t: np.ndarray, spectra: np.ndarray) -> go.Figure:
    """Draw the spectra of the first, the middle and the last frame as lines, both axes logarithmic."""
    _check(t, spectra)
    last = len(t) - 1
    figure = go.Figure(
        [
            go.Scatter(
                x=_frequencies(spectra),
                y=np.maximum(spectra[frame], FLOOR),
                name="end" if t[frame] < 0 else f"t = {step_name(t[frame])}",
                line={"dash": dash, "width": 2},
                hovertemplate="%{x} cycles: %{y:.3g}",
            )
            for frame, dash in zip(dict.fromkeys((0, last // 2, last)), DASHES, strict=False)
        ]
    )
    figure.update_layout(
        xaxis={**value_axis("cycles per picture"), "type": "log", "tickvals": [1, 2, 4, 8, 16, 32, 64, 128]},
        yaxis=value_axis("power", type="log", dtick=1, tickformat="~g"),
    )
    return compact(figure, title="Spectrum: first, middle, last")


def _check(t: np.ndarray, spectra: np.ndarray) -> None:
    if np.ndim(spectra) != 2 or len(spectra) != len(t):
        raise ValueError(f"Spectra of shape {np.shape(spectra)} for {len(t)} frames; give (frames, frequencies).")


def _frequencies(spectra: np.ndarray) -> np.ndarray:
    return np.arange(1, spectra.shape[1] + 1)
