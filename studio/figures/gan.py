"""Figures of a generator: curves of truncation, a sheet of mixtures, the strength of noise, what each layer does."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageFont

from studio.figures.attention import FONT
from studio.figures.layout import DASHES, HEIGHT, compact, value_axis

GAP = 2  # px between the pictures of a sheet


def pitch(side: int) -> int:
    """From one picture of a sheet to the next, in pixels."""
    return side + GAP


def cell(pixel: tuple[int, int], side: int) -> tuple[int, int]:
    """Row and column of the mixture at a pixel of a sheet; those of the parents at its edges are −1."""
    return pixel[0] // pitch(side) - 1, pixel[1] // pitch(side) - 1


def corner(row: int, column: int, side: int) -> tuple[int, int]:
    """The upper left pixel of a mixture."""
    return (row + 1) * pitch(side), (column + 1) * pitch(side)


def mixing_sheet(
    coarse: np.ndarray, fine: np.ndarray, mixtures: np.ndarray, rows: Sequence[int], columns: Sequence[int]
) -> np.ndarray:
    """Lay mixtures, uint8 `(R, C, H, W, 3)`, out under the parents `fine` and beside the parents `coarse`.

    Each parent's seed stands on it. What of the mixtures is not there yet is grey.
    """
    side = coarse.shape[1]
    canvas = Image.new("RGB", (pitch(side) * (len(fine) + 1), pitch(side) * (len(coarse) + 1)), (128, 128, 128))
    draw, font = ImageDraw.Draw(canvas), ImageFont.truetype(FONT, 10)
    for row, parent in enumerate(coarse):
        _put(canvas, parent, row, -1)
        _say(draw, f"A {rows[row]}", row, -1, side, font)
    for column, parent in enumerate(fine):
        _put(canvas, parent, -1, column)
        _say(draw, f"B {columns[column]}", -1, column, side, font)
    for row, line in enumerate(mixtures):
        for column, picture in enumerate(line):
            _put(canvas, picture, row, column)
    return np.asarray(canvas)


def truncation_figure(
    psi: np.ndarray, curves: Mapping[str, np.ndarray], *, title: str, unit: str, says: str
) -> go.Figure:
    """Draw a number of each seed over ψ, `(S,)`; dotted lines stand at the mean, ψ = 0, and at the seed, ψ = 1."""
    figure = go.Figure(
        [
            go.Scatter(
                x=psi,
                y=y,
                name=name,
                mode="lines",
                line={"dash": dash, "width": 2},
                hovertemplate=f"{name}, ψ = %{{x}}: %{{y:.3g}}<br>{says}<extra></extra>",
            )
            for (name, y), dash in zip(curves.items(), DASHES, strict=False)
        ]
    )
    for at in (0, 1):
        figure.add_vline(x=at, line={"dash": "dot", "width": 1, "color": "gray"})
    half = (psi[1] - psi[0]) / 2
    figure.update_layout(
        xaxis={
            "title": {"text": "ψ", "standoff": 4},
            "range": [psi[0] - half, psi[-1] + half],
            "fixedrange": True,
            "zeroline": False,
        },
        yaxis=value_axis(unit),
        showlegend=len(curves) > 1,
    )
    return compact(figure, title=title, right=24)


def strength_figure(strengths: Mapping[str, float]) -> go.Figure:
    """Draw how strongly each layer adds noise, coarsest first."""
    bars = go.Bar(x=list(strengths), y=list(strengths.values()), hovertemplate="%{x}: noise × %{y:.3g}<extra></extra>")
    figure = go.Figure(bars).update_layout(
        xaxis={"fixedrange": True}, yaxis=value_axis("factor of the noise", rangemode="tozero")
    )
    return compact(figure, title="How much noise each layer takes", right=24)


def effect_figure(layers: Sequence[str], maps: Sequence[str], matrix: np.ndarray) -> go.Figure:
    """Draw `matrix`, `(L, M)`: what changing the style of layer i, a column, does to feature map j, a row.

    Layers stand along the x axis, so that the scrubber's cursor marks the changed one; 0 is left open.
    """
    values = np.where(matrix > 0, matrix, np.nan).T
    figure = go.Figure(
        go.Heatmap(
            z=values,
            zmin=0,
            zmax=float(matrix.max()) or 1.0,
            colorscale="Viridis",
            colorbar={
                "thickness": 10,
                "x": 1,
                "xpad": 8,
                "ypad": 0,
                "len": 1,
                "nticks": 6,
                "title": {"text": "‖Δ‖/‖f‖"},
            },
            customdata=np.broadcast_to(np.array(layers)[None], values.shape),
            text=np.broadcast_to(np.array(maps)[:, None], values.shape),
            hovertemplate="style of %{customdata} changed: %{text} moves by %{z:.3g}<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis={
            "title": {"text": "style changed", "standoff": 4},
            "tickvals": list(range(len(layers))),
            "ticktext": list(layers),
            "range": [-0.5, len(layers) - 0.5],
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis={
            "tickvals": list(range(len(maps))),
            "ticktext": list(maps),
            "autorange": "reversed",
            "fixedrange": True,
            "showgrid": False,
        },
    )
    compact(figure, title="Relative change of each feature map", right=88)
    return figure.update_layout(height=HEIGHT + 16 * len(maps), margin={"l": 84, "b": 84})


def _put(canvas: Image.Image, picture: np.ndarray, row: int, column: int) -> None:
    y, x = corner(row, column, len(picture))
    canvas.paste(Image.fromarray(picture), (x + GAP // 2, y + GAP // 2))


def _say(draw: ImageDraw.ImageDraw, text: str, row: int, column: int, side: int, font: ImageFont.FreeTypeFont) -> None:
    y, x = corner(row, column, side)
    at = (x + 3, y + 2)
    draw.rectangle(draw.textbbox(at, text, font), fill=(0, 0, 0))
    draw.text(at, text, (255, 255, 255), font)
