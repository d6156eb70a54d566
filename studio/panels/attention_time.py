"""Attention added up over stretches of a chain: the pixel's thirds, and the class tokens' maps."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import attention, frames
from studio.figures.colour import heat
from studio.figures.parts import Picture, Rows
from studio.panels.attention_stage import EVEN, OWN, heats, scale
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane, scrubber
from studio.services import attend
from studio.services.attend import Look, View

THIRDS = ("early", "middle", "late")
SPANS = ("whole chain", *THIRDS)


def thirds(recipe: Recipe, look: Look, view: View) -> None:
    """Means over the first, middle and last third of the steps, of the picked pixel and of all."""
    st.caption("Means over a third of the steps each: noise first, the finished face last.")
    picture = frames.picture(look.chain.x0[[attend.ends(look, part) for part in THIRDS]])
    panes, rows, arrays = [], [], {}
    for name, (maps, high) in zip(("looks", "looked at"), heats(look, view), strict=True):
        means, unit = attend.thirds(maps), EVEN if view.shared else OWN
        heated = attention.overlay(picture, means, high, view.opacity)
        for i, part in enumerate(THIRDS):
            panes.append(
                Pane(f"{name}, {part}", heated[i : i + 1], "A mean over steps.", Legend("viridis", 0, high, unit))
            )
        rows.append([Picture(f"{name}, {part}", means[i], "viridis", 0, high, unit) for i, part in enumerate(THIRDS)])
        arrays[name.replace(" ", "_")] = means
    scrubber(panes[:3], key="thirds", labels=["looks"], strip=None, scale=scale(look.chain), caption=recipe.line())
    scrubber(
        panes[3:],
        key="thirds-received",
        labels=["looked at"],
        strip=None,
        scale=scale(look.chain),
        caption=recipe.line(),
    )
    widgets.export("Early middle late", recipe, lambda: rows, lambda: arrays)


def tokens(recipe: Recipe, look: Look, view: View) -> None:
    """What share of each pixel's attention each class token has."""
    if not any(layer.cross for layer in look.attention.layers):
        st.segmented_control("Steps", SPANS, default=SPANS[0], disabled=True, key="no-span")
        st.info("This model has no class tokens: it was trained without cross-attention. `ddpm-drawn-32` has four.")
        return
    st.caption(
        "Each pixel divides its attention among the learned tokens of the class; mean over all layers and heads, "
        "enlarged bicubically and clamped at 0, as DAAM does. Even would be a quarter each."
    )
    part = st.segmented_control("Steps", SPANS, default=SPANS[0], required=True, key="span", bind="query-params")
    maps = attend.token_maps(look, attend.span(look, part))
    low, high = float(maps.min()), float(maps.max())
    at = attend.ends(look, part if part in THIRDS else "late")
    grey = attention.overlay(frames.picture(look.chain.x0[[at]]), np.zeros((1, 1, 1)), 1, 0.01)[0]
    hot = heat(maps, low, max(high, low + 1e-6))
    shown = np.rint((1 - view.opacity) * grey + view.opacity * hot).astype(np.uint8)
    legend = Legend("viridis", low, max(high, low + 1e-6), "share")
    name = recipe.label or "any class"
    panes = [Pane(f"{name}, token {i + 1}", shown[i : i + 1], "Share of attention.", legend) for i in range(len(maps))]
    scrubber(panes, key="tokens", labels=[part], strip=None, scale=scale(look.chain), caption=recipe.line())

    def parts() -> Rows:
        return [[Picture(f"{name}, token {i + 1}", each, "viridis", low, high, "share") for i, each in enumerate(maps)]]

    widgets.export("Class tokens", recipe, parts, lambda: {"tokens": maps})
