"""A view on paper: PNG, PDF or SVG on white, with numbered colour bars and its recipe underneath. See `parts`."""

import io
import textwrap
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from studio.figures import strokes
from studio.figures.parts import Part, Rows
from studio.figures.strokes import DPI, Cell

WIDTH = 7.2  # inches: the text of an A4 page
MARGIN, GAP = 0.2, 0.25
WIDEST = 3.2  # of a picture alone in its row
# Fonts inside the file as TrueType in PDF and as outlines in SVG: the same letters on every machine.
# The salt makes the names inside an SVG the same each time.
SETTINGS = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "whisker", "font.family": "DejaVu Sans"}
_drawing = Lock()  # matplotlib's settings belong to the process


def printed(rows: Rows, title: str, caption: str, kind: str = "png", texts: Mapping[str, str] | None = None) -> bytes:
    """Draw `rows` under `title` as `png`, `pdf` or `svg`; the same values give the same bytes.

    `texts` are put inside: as text chunks by name in a PNG, the first one as the keywords of a PDF or an SVG.
    Raises ValueError for another kind and for a view of nothing.
    """
    if kind not in ("png", "pdf", "svg"):
        raise ValueError(f"Unknown kind of file {kind!r}; allowed: png, pdf, svg.")
    if not rows:
        raise ValueError("There is nothing to print.")
    lines = [[row] if isinstance(row, Part) else list(row) for row in rows]
    foot = [part for text in caption.splitlines() for part in textwrap.wrap(text, 118) or [""]]
    out = io.BytesIO()
    with _drawing, matplotlib.rc_context(SETTINGS):
        _sheet(lines, title, foot).savefig(out, format=kind, metadata=_metadata(kind, title, caption, texts or {}))
    return out.getvalue()


def _sheet(rows: Sequence[Sequence[Part]], title: str, foot: Sequence[str]) -> Figure:
    """Place everything in inches from the top, so that nothing depends on what else is there."""
    cells = [_cells(row) for row in rows]
    heights = [max(cell.head + cell.height + cell.foot for cell in row) for row in cells]
    bottom = 0.14 * len(foot) + 0.1
    total = MARGIN + 0.35 + sum(heights) + GAP * len(rows) + bottom + MARGIN
    figure = Figure(figsize=(WIDTH, round(total * DPI) / DPI), dpi=DPI, facecolor="white")
    figure.text(MARGIN / WIDTH, 1 - MARGIN / total, title, va="top", size=11, weight="bold")
    top = total - MARGIN - 0.35
    for row, parts, height in zip(cells, rows, heights, strict=True):
        x, head = MARGIN, max(cell.head for cell in row)
        for cell, part in zip(row, parts, strict=True):
            strokes.draw(figure, part, cell, x, top - head, (WIDTH, total))
            x += cell.pitch + _gap(row)
        top -= height + GAP
    figure.text(MARGIN / WIDTH, (MARGIN + bottom - 0.1) / total, "\n".join(foot), va="top", size=6.5, color="#444444")
    return figure


def _gap(row: Sequence[Any]) -> float:
    """Many thumbnails stand closer together."""
    return GAP if len(row) <= 4 else GAP / 4


def _cells(row: Sequence[Part]) -> list[Cell]:
    """Share the width of the page equally."""
    each = (WIDTH - 2 * MARGIN - _gap(row) * (len(row) - 1)) / len(row)
    cells = [strokes.cell(part, each, WIDEST) for part in row]
    head = max(cell.head for cell in cells)
    return [Cell(cell.pitch, cell.left, cell.width, cell.height, head, cell.foot) for cell in cells]


def _metadata(kind: str, title: str, caption: str, texts: Mapping[str, str]) -> dict[str, Any]:
    if kind == "png":
        return {"Title": title, **texts}
    keywords = next(iter(texts.values()), "")
    if kind == "pdf":
        return {"Title": title, "Subject": caption, "Keywords": keywords, "CreationDate": None}
    return {"Title": title, "Description": caption, "Keywords": [keywords], "Date": None}
