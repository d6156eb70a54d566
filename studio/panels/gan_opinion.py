"""The discriminator's opinion: scores by kind, pictures sorted by them, where it looks and what it wants."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.colour import signed_rgb
from studio.figures.digits import short
from studio.figures.opinion import gallery, histogram_figure, looked
from studio.figures.parts import Lines, Picture, Rows
from studio.scrubber import Legend, Pane, Plot, scrubber
from studio.services import opinion, samples
from studio.services.gan import Look
from studio.services.opinion import Asked, Judged

NAME = "Opinion"
COLUMNS = 9
HINTS = (
    "**You see** what the discriminator says of each picture, from least to most real, and where it looked.",
    "**Try** samples of another model, pictures of your own, a larger step; drag through the sorted pictures.",
    "**Why** this gradient is all that the generator ever learns from: the next picture leans where it points.",
)


def show(look: Look) -> None:
    """Ask, then show the histogram, the pictures under the scrubber and the gallery."""
    asked = _controls(look)
    key, judged = f"opinion-{look.name}-{asked}", opinion.known(look, asked)
    bar = st.container(key="busy", vertical_alignment="center").empty()
    if judged is None:
        with bar.container():
            if widgets.stopped(key):
                return
            *_, judged = widgets.watch(opinion.judge(look, asked), opinion.steps(asked), "Asking", key)
    unit = opinion.unit(look)
    bar.caption(_said(judged, unit))
    _film(look, judged, asked, unit)
    names = _groups(judged)
    figure = histogram_figure(judged.score, judged.groups, names, unit)
    st.plotly_chart(figure, key="opinion-histogram")
    order = judged.order
    sheet = frames.sheet(gallery(judged.pictures, judged.groups, names)[order], 1, COLUMNS)
    st.image(sheet, "Sorted, the least real first; the line tells the kind", "content", output_format="PNG")
    widgets.export(NAME, look.recipe, lambda: _parts(judged, names, unit, sheet), lambda: _arrays(judged))


def _controls(look: Look) -> Asked:
    left, middle, right = st.columns([2, 2, 2], vertical_alignment="bottom")
    source = left.text_input(
        "Real pictures", "drawn", key="real", bind="query-params", help="`drawn`, or a folder or zip on this machine."
    )
    there = [name for name in samples.sampled() if name != look.recipe.checkpoint]
    others = middle.multiselect(
        "Samples of",
        there,
        key="models",
        bind="query-params",
        help="Other checkpoints, whose pictures it never saw.",
        placeholder="no other model",
    )
    number = right.slider("Of each kind", 4, 48, 16, 4, key="each", bind="query-params", help="More take longer.")
    step = st.slider(
        "One step, RMS of pixels in [−1, 1]",
        0.005,
        0.2,
        0.03,
        0.005,
        key="step",
        bind="query-params",
        format="%.3f",
        help="How far a picture moves towards what it wants.",
    )
    return Asked(source.strip() or "drawn", tuple(others), number, step)


def _said(judged: Judged, unit: str) -> str:
    """The groups' means in a line."""
    parts = []
    for group in _groups(judged):
        mine = judged.score[judged.groups == group]
        above = "" if unit == "probability" else f", {judged.share_above(group):.0%} above 0"
        parts.append(f"{group}: mean {unit} {short(mine.mean())}{above}, N = {len(mine)}")
    return " · ".join(parts)


def _groups(judged: Judged) -> list[str]:
    return list(dict.fromkeys(judged.groups.tolist()))


def _film(look: Look, judged: Judged, asked: Asked, unit: str) -> None:
    """All pictures, sorted, under one slider; the cursor walks over the histogram."""
    order = judged.order
    pictures, wanted = judged.pictures[order], judged.wanted[order]
    change = (wanted.astype(np.float32) - pictures) / 127.5
    limit = 4 * asked.step
    panes = [
        Pane("picture", pictures, "As the discriminator was shown it."),
        Pane(
            "where it looks",
            looked(pictures, judged.saliency[order]),
            "How fast the score changes with each pixel, over the picture in grey.",
            Legend("viridis", 0, 1, "of its largest"),
        ),
        Pane("what it wants", wanted, "The picture after one step along the gradient."),
        Pane(
            "the change",
            signed_rgb(change, limit),
            "What was added, by colour; mid-grey is nothing.",
            Legend("grey", -limit, limit),
        ),
    ]
    rows = zip(judged.groups[order], judged.names[order], judged.score[order], judged.after[order], strict=True)
    labels = [f"{group}, {name} · {unit} {short(a)} → {short(b)} after one step" for group, name, a, b in rows]
    scrubber(
        panes,
        key="opinion",
        labels=labels,
        start=0,
        plots=[Plot("opinion-histogram", judged.score[order].tolist())],
        name="Picture",
        caption=look.line(),
        chain=f"{look.name}-{asked}",
    )


def _parts(judged: Judged, names: list[str], unit: str, sheet: np.ndarray) -> Rows:
    curves = [np.sort(judged.score[judged.groups == name]) for name in names]
    ranks = [
        Lines(f"Scores of {name}, sorted", np.arange(len(curve)), {unit: curve}, "picture", unit)
        for name, curve in zip(names, curves, strict=True)
    ]
    return [Picture("Sorted, the least real first; the line tells the kind", sheet), ranks]


def _arrays(judged: Judged) -> dict[str, np.ndarray]:
    return {
        name: getattr(judged, name) for name in ("groups", "names", "pictures", "score", "saliency", "wanted", "after")
    }
