"""Gradients by noise level: a heat map of layer and t, and the loss, with min-SNR on or off."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures.digits import short
from studio.figures.gradients import curves_figure, heat_figure, log_ends, short_name
from studio.figures.parts import Lines, Picture, Rows
from studio.panels.gradients_step import Asked
from studio.services import gradients
from studio.services.gradients import LEVELS, Levels


def show(asked: Asked) -> None:
    """Measure what is not known yet, level by level, and draw it; the switch only weighs anew."""
    given = (asked.checkpoint, asked.source, asked.seed, asked.batch)
    key = "levels-" + "-".join(map(str, given))
    found = gradients.known_levels(*given)
    place = st.container()
    if found is None:
        if widgets.stopped(key):
            return
        for _ in widgets.watch(gradients.levels(*given), LEVELS, "Measuring", key):
            pass
        found = gradients.known_levels(*given)
    with place:
        _draw(asked, found)


def _draw(asked: Asked, found: Levels) -> None:
    norm, loss = found.weighted(asked.min_snr)
    total = np.sqrt(np.square(norm).sum(axis=1))
    ends = log_ends(found.weighted(True)[0], found.weighted(False)[0])  # the same colours with and without
    name = f"min-SNR, γ = {found.gamma:g}" if asked.min_snr else "no weights"
    spread = short(total.max() / total.min()) if total.min() > 0 else "∞"
    st.caption(f"{name} · the strongest level's gradient is **{spread} times** the weakest's")
    title = f"‖g‖ by layer and noise level, {name}"
    st.plotly_chart(heat_figure(found.layers, found.t, norm, title=title, x_title="t", ends=ends), key="heat")
    lines = {"‖g‖, all layers": (found.t, total), "loss": (found.t, loss), "weight": (found.t, found.weight)}
    if not asked.min_snr:
        del lines["weight"]
    figure = curves_figure(lines, title="By noise level", x_title="t")
    st.plotly_chart(figure, key="by-level")
    widgets.export(
        "Gradients by noise level",
        asked.recipe,
        lambda: _parts(found, norm, total, loss, title, ends),
        lambda: {**vars(found), "layers": np.array(found.layers), "weighted_norm": norm, "weighted_loss": loss},
    )


def _parts(
    found: Levels, norm: np.ndarray, total: np.ndarray, loss: np.ndarray, title: str, ends: tuple[float, float]
) -> Rows:
    logs = np.log10(np.maximum(norm.T, 10.0 ** ends[0]))
    rows, columns = [short_name(layer) for layer in found.layers], [str(t) for t in found.t]
    heat = Picture(title, logs, "viridis", *ends, unit="log₁₀ ‖g‖", rows=rows, columns=columns)
    return [heat, Lines("By noise level", found.t, {"‖g‖, all layers": total, "loss": loss}, "t", log=True)]
