"""Each kind of part on paper: how much room it takes, and its strokes."""

import math
import textwrap
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from studio.figures.colour import heat, lookup
from studio.figures.digits import short
from studio.figures.layout import DASHES
from studio.figures.parts import Bars, Lines, Part, Picture, Table

DPI = 200
SMALL, TEXT = 6.5, 8  # pt
LETTER = 0.0068  # inches per letter and pt, as wide as most
STROKES = ("#0072b2", "#d55e00", "#00805c", "#a34d84")
CHART = 1.9  # inches high
PIXELS = 600  # a picture in a PDF has about so many pixels, since readers blur what they enlarge


@dataclass(frozen=True)
class Cell:
    """The room of a part in inches: `pitch` wide in all, `left` for labels, then `width` × `height` for the drawing.

    `head` above holds the title, `foot` below holds ticks, or a colour bar.
    """

    pitch: float
    left: float
    width: float
    height: float
    head: float
    foot: float


def cell(part: Part, pitch: float, widest: float) -> Cell:
    """The room that `part` takes of a column `pitch` inches wide; a picture without row names is at most `widest`."""
    head = 0.15 * len(_title(part.title, pitch)) + 0.05
    if isinstance(part, Picture):
        return _picture_cell(part, pitch, widest, head)
    if isinstance(part, Table):
        return Cell(pitch, 0.0, pitch, 0.17 * (len(part.rows) + 1), head, 0.0)
    if isinstance(part, Bars):
        left = min(_width(part.names, SMALL) + 0.1, pitch / 2)
        return Cell(pitch, left, pitch - left - 0.3, max(0.16 * len(part.names), 0.3), head, 0.4)
    legend = 0.15 * len(part.y) if len(part.y) > 1 else 0.0
    return Cell(pitch, 0.6, pitch - 0.7, CHART, head, 0.45 + legend)


def _picture_cell(part: Picture, pitch: float, widest: float, head: float) -> Cell:
    high, wide = part.values.shape[:2]
    left = min(_width(part.rows, SMALL) + 0.1, pitch / 2) if part.rows else 0.0
    room = pitch - left
    if part.rows:  # a heat map of names fills the row; its cells need not be square
        width, height = room, max(0.14 * high, 0.5)
    else:
        scale = max(1, math.floor(min(room, widest) * DPI / wide)) / DPI
        width = min(wide * scale, room)
        height = width * high / wide
    labels = _width(part.columns, SMALL) + 0.08 if part.columns else 0.0
    numbered = 0.42 if part.values.ndim == 2 and part.bar else 0.0
    return Cell(pitch, left, width, height, head, labels + numbered)


def draw(figure: Figure, part: Part, cell: Cell, x: float, top: float, size: tuple[float, float]) -> None:
    """Draw a part with the upper left corner of its drawing area `cell.left` beyond (`x`, `top`), in inches."""
    width, height = size
    figure.text(x / width, (top + 0.05) / height, "\n".join(_title(part.title, cell.pitch)), va="bottom", size=TEXT)

    def axes(down: float, high: float) -> Axes:
        left, bottom = round((x + cell.left) * DPI) / DPI, round((top - down - high) * DPI) / DPI
        return figure.add_axes((left / width, bottom / height, cell.width / width, high / height))

    if isinstance(part, Picture):
        _picture(axes(0, cell.height), part)
        if part.values.ndim == 2 and part.bar:
            _bar(axes(cell.height + cell.foot - 0.34, 0.08), part)
    elif isinstance(part, Lines):
        _lines(axes(0, cell.height), part)
    elif isinstance(part, Bars):
        _bars(axes(0, cell.height), part)
    else:
        _table(axes(0, cell.height), part)


def _picture(axes: Axes, part: Picture) -> None:
    rgb = part.values
    if rgb.ndim == 2:
        rgb = heat(np.nan_to_num(rgb, nan=part.ends[0]), *part.ends, part.colours)
        rgb[~np.isfinite(part.values)] = 128
    high, wide = rgb.shape[:2]
    times = max(1, PIXELS // max(high, wide))
    axes.imshow(
        rgb.repeat(times, 0).repeat(times, 1),
        extent=(-0.5, wide - 0.5, high - 0.5, -0.5),
        interpolation="nearest",
        aspect="auto",
    )
    axes.set_xticks(range(len(part.columns)), part.columns, rotation=90)
    axes.set_yticks(range(len(part.rows)), part.rows)
    _plain(axes, length=0)


def _bar(axes: Axes, part: Picture) -> None:
    low, high = part.ends
    axes.imshow(lookup(part.colours)[None], extent=(low, high, 0, 1), aspect="auto", interpolation="nearest")
    ends = (low, (low + high) / 2, high)
    axes.set_xticks(ends, [short(end) for end in ends])
    for label, side in zip(axes.get_xticklabels(), ("left", "center", "right"), strict=True):
        label.set_horizontalalignment(side)
    axes.set_yticks([])
    axes.set_xlabel(part.unit, size=SMALL, labelpad=1)
    _plain(axes, length=2)


def _lines(axes: Axes, part: Lines) -> None:
    styles = [(stroke, dash) for dash in DASHES for stroke in STROKES]
    marker = "o" if len(part.x) <= 40 else ""
    for i, (name, y) in enumerate(part.y.items()):
        stroke, dash = styles[i % len(styles)]
        line = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}[dash]
        axes.plot(part.x, y, color=stroke, linestyle=line, linewidth=1.2, marker=marker, markersize=2, label=name)
    if part.log:
        axes.set_yscale("log")
    if part.ticks:
        every = max(1, len(part.x) // 8)
        axes.set_xticks(np.asarray(part.x)[::every], part.ticks[::every])
    axes.set_xlabel(part.x_title, size=SMALL)
    axes.set_ylabel(part.y_title, size=SMALL)
    axes.grid(color="#dddddd", linewidth=0.4)
    if len(part.y) > 1:
        low = -0.4 / CHART
        axes.legend(
            loc="upper left", bbox_to_anchor=(0, low), frameon=False, fontsize=SMALL, borderpad=0, labelspacing=0.3
        )
    _plain(axes, length=2)


def _bars(axes: Axes, part: Bars) -> None:
    places = np.arange(len(part.names))
    axes.barh(places, part.values, color=STROKES[0], height=0.7)
    axes.set_yticks(places, part.names)
    axes.set_ylim(len(part.names) - 0.5, -0.5)
    if part.log:
        axes.set_xscale("log")
    else:
        axes.axvline(0, color="#444444", linewidth=0.6)
    axes.set_xlabel(part.unit, size=SMALL)
    _plain(axes, length=2)


def _table(axes: Axes, part: Table) -> None:
    axes.axis("off")
    texts = [[value if isinstance(value, str) else short(value) for value in row] for row in part.rows]
    table = axes.table(
        texts, colLabels=list(part.columns), bbox=(0, 0, 1, 1), cellLoc="left", colLoc="left", edges="horizontal"
    )
    table.auto_set_font_size(False)
    table.set_fontsize(SMALL)
    for box in table.get_celld().values():
        box.set_linewidth(0.3)


def _plain(axes: Axes, length: float) -> None:
    axes.tick_params(labelsize=SMALL, length=length, width=0.5, pad=2)
    for spine in axes.spines.values():
        spine.set_linewidth(0.5)


def _title(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, max(8, int(width / (LETTER * TEXT)))) or [""]


def _width(names: object, size: float) -> float:
    return max((len(str(name)) for name in names), default=0) * LETTER * size
