"""Checkpoints compared, as a table and in words, each derived from what was measured; and a run's losses."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from studio.figures.digits import short
from studio.figures.layout import DASHES, compact, value_axis


def ratio(value: float, least: float) -> float:
    """How many times the least one a value is."""
    return value / least if least > 0 else float("nan")


def interval(score: Mapping[str, Any] | None) -> str:
    """A score with its interval and N: "0.12 (0.103 to 0.139), N = 653"; "" if there is none."""
    if score is None:
        return ""
    ends = "" if score["low"] is None else f" ({short(score['low'])} to {short(score['high'])})"
    return f"{short(score['value'])}{ends}, N = {score['n']}"


def apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether the intervals of two scores leave no room for each other."""
    return None not in (a["low"], b["low"]) and (a["high"] < b["low"] or b["high"] < a["low"])


def table(names: Sequence[str], columns: Mapping[str, Sequence[str]]) -> str:
    """Facts, one row per name and one column per checkpoint, in Markdown, whose cells wrap."""
    rows = [["", *columns], ["---"] * (1 + len(columns)), *zip(names, *columns.values(), strict=True)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def faster(fast: Any, slow: Any) -> str:
    """Why one is faster, from passes and weights: measured work to draw one picture."""
    times, passes = ratio(slow.seconds, fast.seconds), slow.passes / fast.passes
    return (
        f"{fast.name} asks {fast.drawing / 1e6:.1f} million weights {_times(fast.passes)} a picture, {slow.name} "
        f"{slow.drawing / 1e6:.1f} million {_times(slow.passes)}: {short(passes)} times the passes, measured "
        f"{short(times)} times the time."
    )


def better(names: Sequence[str], scores: Sequence[Mapping[str, Any]], seen: Sequence[int]) -> str:
    """Which draws pictures more like real ones, whether that is beyond chance, and what each had seen."""
    order = np.argsort([score["value"] for score in scores])
    first, last = int(order[0]), int(order[-1])
    sure = "their intervals are apart" if apart(scores[first], scores[last]) else "their intervals overlap"
    return (
        f"by {scores[first]['name']} {names[first]} ({short(scores[first]['value'])}) is nearer to real pictures than "
        f"{names[last]} ({short(scores[last]['value'])}), and {sure}; they had seen {seen[first]:,} and "
        f"{seen[last]:,} training pictures."
    )


def steadier(wobbles: Mapping[str, float], judging: Mapping[str, int]) -> str:
    """How steady the losses were, and how many networks pulled at them; `judging` are the weights of opponents."""
    parts = [f"{name} ±{100 * wobble:.0f} %" for name, wobble in sorted(wobbles.items(), key=lambda pair: pair[1])]
    against = [name for name, weights in judging.items() if weights]
    alone = [name for name, weights in judging.items() if not weights]
    text = f"over the last half of its run the loss moves by {', '.join(parts)}. " if parts else ""
    if against:
        text += f"{_listed(against)} {_has(against)} an opponent that moves too, so no loss is to fall. "
    if alone:
        text += f"{_listed(alone)} {_has(alone)} none: one network, one fixed goal."
    return text.strip()


def losses_figure(name: str, losses: Mapping[str, np.ndarray]) -> go.Figure:
    """A run's losses, `(N, 2)` of pictures seen and loss each."""
    figure = go.Figure(
        [
            go.Scatter(
                x=rows[:, 0],
                y=rows[:, 1],
                name=loss,
                mode="lines",
                line={"dash": dash, "width": 1.5},
                hovertemplate=f"{loss} %{{y:.3g}} at %{{x:.4g}}<extra></extra>",
            )
            for (loss, rows), dash in zip(losses.items(), DASHES, strict=False)
        ]
    )
    figure.update_layout(
        xaxis={"title": {"text": "pictures seen", "standoff": 4}, "fixedrange": True, "zeroline": False},
        yaxis=value_axis("loss"),
    )
    return compact(figure, title=name, right=24)


def bars_figure(names: Sequence[str], values: Mapping[str, np.ndarray], title: str, unit: str) -> go.Figure:
    """Groups of bars, `(len(names),)` each."""
    shapes = ("", "/", "x")
    figure = go.Figure(
        [
            go.Bar(
                x=list(names),
                y=each,
                name=name,
                marker={"pattern": {"shape": shape}},
                hovertemplate=f"%{{x}}<br>{name} %{{y:.3g}}<extra></extra>",
            )
            for (name, each), shape in zip(values.items(), shapes, strict=False)
        ]
    )
    figure.update_layout(xaxis={"fixedrange": True}, yaxis=value_axis(unit, rangemode="tozero"), barmode="group")
    return compact(figure, title=title, right=24)


def _times(passes: int) -> str:
    return "once" if passes == 1 else f"{passes} times"


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"
