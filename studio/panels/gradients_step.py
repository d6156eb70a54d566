"""One training step: curves by layer, what is wrong in words, and every number in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures.digits import short
from studio.figures.gradients import HEALTHY_UPDATE, depth_figure, short_name
from studio.figures.parts import Lines, Rows, Table
from studio.recipe import Recipe
from studio.services import gradients

HEALTHY = "Healthy: no layer vanishes, explodes, is dead or not finite."
THRESHOLDS = (
    "Vanishing: mean |g| below 1e-10, where Adam no longer lifts it. Exploding: ‖g‖ of a layer above 100. "
    "Dead: half of a layer's gradients or more are exactly 0."
)


@dataclass(frozen=True)
class Asked:
    """What the controls of the page say."""

    checkpoint: str
    source: str
    seed: int
    batch: int
    min_snr: bool
    recipe: Recipe


def show(asked: Asked) -> None:
    """Compute the step and draw it."""
    with st.spinner("One training step"):
        look = gradients.step(asked.checkpoint, asked.source, asked.seed, asked.batch, asked.min_snr)
    flow = look.flow
    weights = f"min-SNR γ = {look.gamma:g}" if look.gamma else "no weights"
    numbers = f"‖g‖ {short(flow.total)} · loss {short(look.loss)}"
    st.caption(f"{asked.checkpoint} · seed {asked.seed} · {asked.batch} × {asked.source} · {weights} · **{numbers}**")
    say(look.flags)
    marked = [layer for flag in look.flags for layer in flag.layers]
    for key, title, curves, level in _views(flow):
        figure = depth_figure(flow.layers, curves, title=title, marked=marked, level=level)
        st.plotly_chart(figure, key=key)
    st.caption(
        f"Update: what AdamW's first step would change at this checkpoint's learning rate {look.learning_rate:g}; "
        "the dashed line is 1e-3, about what a network that learns well shows. Runs log the real one."
    )
    st.dataframe(_table(flow), key="table", hide_index=True, height=320, column_config=_columns())
    widgets.export("Gradients", asked.recipe, lambda: _parts(flow), lambda: arrays(flow))


def say(flags: Sequence[Any], judged: bool = True) -> None:
    """Say each flag, or that there is none; with `judged`, say in any case how."""
    for flag in flags:
        st.warning(flag.text, icon=":material/warning:")
    if judged or not flags:
        st.markdown("How is that judged?" if flags else f":material/check_circle: {HEALTHY}", help=THRESHOLDS)


def arrays(flow: Any) -> dict[str, np.ndarray]:
    """Every number of a flow by name."""
    return {**vars(flow), "layers": np.array(flow.layers)}


def _views(flow: Any) -> list[tuple[str, str, dict[str, np.ndarray], float | None]]:
    sizes = {"‖g‖": flow.norm, "largest |g|": flow.largest, "mean |g|": flow.mean}
    ratios = {"update / weight": flow.update_ratio, "gradient / weight": flow.gradient_ratio}
    return [
        ("sizes", "Gradients by layer", sizes, None),
        ("ratios", "Against the weights", ratios, HEALTHY_UPDATE),
    ]


def _table(flow: Any) -> dict[str, Any]:
    return {
        "layer": [short_name(layer) for layer in flow.layers],
        "mean": flow.mean,
        "largest": flow.largest,
        "norm": flow.norm,
        "gradient": flow.gradient_ratio,
        "update": flow.update_ratio,
        "dead": 100 * flow.dead,
        "broken": flow.broken,
        "size": flow.size.astype(int),
    }


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "layer": st.column_config.TextColumn("layer", pinned=True),
        "mean": number("mean |g|", format="%.2e"),
        "largest": number("largest |g|", format="%.2e"),
        "norm": number("‖g‖", format="%.2e"),
        "gradient": number("‖g‖ / ‖w‖", format="%.2e"),
        "update": number("‖Δw‖ / ‖w‖", format="%.2e", help="Of AdamW's first step."),
        "dead": number("exact zeros", format="%.1f %%"),
        "broken": number("not finite", format="%d"),
        "size": number("parameters", format="localized"),
    }


def _parts(flow: Any) -> Rows:
    x, drawn = np.arange(len(flow.layers)), []
    for _, title, curves, _ in _views(flow):
        positive = {name: np.where(y > 0, y, np.nan) for name, y in curves.items()}
        drawn.append(Lines(title, x, positive, "layer, from input to output", log=True))
    largest = np.argsort(-flow.norm)[:20]
    rows = [
        (short_name(flow.layers[i]), flow.norm[i], flow.gradient_ratio[i], flow.update_ratio[i], flow.dead[i])
        for i in largest
    ]
    return [*drawn, Table("The twenty largest", ("layer", "‖g‖", "‖g‖/‖w‖", "‖Δw‖/‖w‖", "exact zeros"), rows)]
