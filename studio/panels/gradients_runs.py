"""Gradients over a run: what was logged, as a heat map of layer and step and as curves."""

from typing import Any

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures.gradients import curves_figure, heat_figure, log_ends, short_name
from studio.figures.parts import Lines, Picture, Rows
from studio.panels import animate_run
from studio.panels.gradients_step import Asked, say
from studio.services import gradients, timelapse
from studio.services.gradients import Past

QUANTITIES = {
    "update_ratio": "‖Δw‖ / ‖w‖, the real update",
    "gradient_ratio": "‖g‖ / ‖w‖",
    "norm": "‖g‖",
    "mean": "mean |g|",
    "largest": "largest |g|",
    "dead": "share of exact zeros",
}
ELSEWHERE = "another folder"


def show(asked: Asked) -> None:
    """Pick a run and a quantity."""
    left, right = st.columns(2)
    known = gradients.runs()
    run = left.selectbox(
        "Run", [*known, ELSEWHERE], key="run", bind="query-params", help="Runs in your Whisker home, latest first."
    )
    quantity = right.selectbox(
        "Quantity", list(QUANTITIES), format_func=QUANTITIES.get, key="quantity", bind="query-params"
    )
    if run == ELSEWHERE:
        run = st.text_input(
            "Folder of a run", key="folder", bind="query-params", help="The folder given to `train --out`."
        ).strip()
    if not run:
        st.info(
            "No run has logged its gradients yet. Train one, `python -m engines train ddpm-smoke --out "
            ".whisker/runs/mine`, name its folder here, or break something in the next tab.",
            icon=":material/info:",
        )
        return
    _draw(asked, run, gradients.history(run), quantity)


def _draw(asked: Asked, run: str, past: Past, quantity: str) -> None:
    cost = "" if past.cost is None else f" · logging took **{past.cost:.2%}** of its time"
    st.caption(f"{run} · {len(past.histories[0].steps)} steps logged{cost}")
    say(past.flags)
    for history in past.histories:
        name = f", {history.net}" if history.net else ""
        title = f"{QUANTITIES[quantity]} by layer and step{name}"
        values = history.stack(quantity)
        ends = log_ends(values[1:]) if len(values) > 1 else None  # a first step, where branches are zero, tells little
        steps = history.steps.astype(int)
        figure = heat_figure(history.flows[0].layers, steps, values, title=title, x_title="step", ends=ends)
        st.plotly_chart(figure, key=f"run-heat-{history.net}")
        st.plotly_chart(
            curves_figure(_curves(past, history, quantity), title=f"Over the run{name}", x_title="step"),
            key=f"run-curves-{history.net}",
        )
    with st.container(horizontal=True):
        if timelapse.there(run):
            animate_run.offer(run)
        widgets.export("Gradients of a run", asked.recipe, lambda: _parts(run, past, quantity), lambda: _arrays(past))


def _curves(past: Past, history: Any, quantity: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    median = np.nanmedian(history.stack(quantity), axis=1)
    lines = {
        "‖g‖, all layers": (history.steps, np.array([flow.total for flow in history.flows])),
        "median of the layers": (history.steps, median),
    }
    return lines | ({"loss": (past.loss[:, 0], past.loss[:, 1])} if len(past.loss) else {})


def _parts(run: str, past: Past, quantity: str) -> Rows:
    drawn = []
    for history in past.histories:
        values = history.stack(quantity).T
        with np.errstate(divide="ignore"):
            logs = np.log10(values)
        rows = [short_name(layer) for layer in history.flows[0].layers]
        title = f"log₁₀ of {QUANTITIES[quantity]} by layer and step, {run} {history.net}"
        drawn.append(Picture(title, np.where(np.isfinite(logs), logs, np.nan), unit="log₁₀", rows=rows))
        total = [flow.total for flow in history.flows]
        drawn.append(Lines("Over the run", history.steps, {"‖g‖, all layers": total}, "step", log=True))
    return drawn


def _arrays(past: Past) -> dict[str, np.ndarray]:
    arrays = {"loss": past.loss}
    for history in past.histories:
        mark = f"{history.net}_" if history.net else ""
        arrays |= {f"{mark}steps": history.steps, f"{mark}layers": np.array(history.flows[0].layers)}
        arrays |= {f"{mark}{name}": history.stack(name) for name in QUANTITIES}
    return arrays
