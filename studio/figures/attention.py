"""Attention as pictures: heat over a picture, a sheet of all heads, groups of pixels, and the harm of each head."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageFont

from studio.figures.colour import heat
from studio.figures.layout import HEIGHT, compact, value_axis

GREY = np.array([0.299, 0.587, 0.114], np.float32)  # what each channel adds to brightness
THUMB, GAP = 48, 4  # of the sheet, in pixels
PITCH = THUMB + GAP
LEAST = 1e-6
FONT = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")  # knows ×, as Pillow's own does not


def cell(pixel: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the thumbnail at a pixel of a `sheet`; −1 for the names around."""
    return pixel[0] // PITCH - 1, pixel[1] // PITCH - 1


def corner(row: int, column: int) -> tuple[int, int]:
    """The upper left pixel of a thumbnail of a `sheet`."""
    return (row + 1) * PITCH, (column + 1) * PITCH


def enlarge(maps: np.ndarray, size: int) -> np.ndarray:
    """Repeat the cells of maps `(…, g, g)` until they are `(…, size, size)`; nothing is smoothed."""
    at = np.arange(size) * maps.shape[-1] // size
    return maps[..., at[:, None], at]


def top_of(maps: Sequence[np.ndarray]) -> float:
    """The top of a scale that `maps` share: what one value in 200 exceeds, so that a peak leaves room for the rest."""
    return max(LEAST, float(np.percentile(np.concatenate([each.ravel() for each in maps]), 99.5)))


def own(maps: np.ndarray) -> np.ndarray:
    """Maps `(…, g, g)`, each as a share of its own largest value."""
    return maps / np.maximum(maps.max((-2, -1), keepdims=True), LEAST)


def overlay(pictures: np.ndarray, maps: np.ndarray, high: float, opacity: float) -> np.ndarray:
    """Lay the heat of maps `(S, g, g)`, from 0 to `high`, over pictures, uint8 `(S, H, W, 3)`.

    Under it the pictures lose their colour, so that every colour is a value; at opacity 0 they are as they were.
    """
    if not opacity:
        return pictures
    grey = np.repeat((pictures @ GREY)[..., None], 3, axis=-1)
    hot = heat(enlarge(maps, pictures.shape[1]), 0, high)
    return np.rint((1 - opacity) * grey + opacity * hot).astype(np.uint8)


def sheet(
    tiles: Sequence[Sequence[np.ndarray]], columns: Sequence[str], rows: Sequence[str], high: float
) -> np.ndarray:
    """One thumbnail per map, uint8 `(H, W, 3)`: `tiles[column][row]`, `(g, g)` of any g, from 0 to `high`, with names.

    A column's name has three lines at most, parted by newlines. Thumbnails are `PITCH` pixels apart.
    """
    canvas = Image.new("RGB", (PITCH * (len(tiles) + 1), PITCH * (len(rows) + 1)), (128, 128, 128))
    draw, font = ImageDraw.Draw(canvas), ImageFont.truetype(FONT, 10)
    for x, (name, column) in enumerate(zip(columns, tiles, strict=True), 1):
        draw.multiline_text(((x + 0.5) * PITCH, PITCH / 2), name, (0, 0, 0), font, "mm", spacing=1, align="center")
        for y, tile in enumerate(column, 1):
            small = Image.fromarray(heat(enlarge(tile, THUMB), 0, high))
            canvas.paste(small, (x * PITCH + GAP // 2, y * PITCH + GAP // 2))
    for y, name in enumerate(rows, 1):
        draw.text((PITCH - 6, (y + 0.5) * PITCH), name, (0, 0, 0), font, "rm")
    return np.asarray(canvas)


def only(picture: np.ndarray, group: np.ndarray) -> np.ndarray:
    """A picture, uint8 `(H, W, 3)`, where the mask `(g, g)` holds, and dark without colour elsewhere."""
    rest = np.repeat((picture @ GREY / 3)[..., None], 3, axis=-1)
    return np.where(enlarge(group, len(picture))[..., None], picture, rest).astype(np.uint8)


def damage_figure(names: Sequence[str], damage: Sequence[float], distance: Sequence[float]) -> go.Figure:
    """Heads from the most harmful down: RMS difference of the picture without each, and 1 − cosine on hover."""
    order = np.argsort(damage, kind="stable")
    bars = go.Bar(
        x=np.asarray(damage)[order],
        y=[names[i] for i in order],
        orientation="h",
        customdata=np.asarray(distance)[order],
        hovertemplate="%{y}: RMS %{x:.3g}, lite0 1 − cos %{customdata:.3g}<extra></extra>",
    )
    figure = compact(go.Figure(bars), title="Damage: RMS difference of the picture (range ±1)")
    figure.update_layout(xaxis=value_axis("RMS", rangemode="tozero"), yaxis={"fixedrange": True, "automargin": True})
    return figure.update_layout(height=max(HEIGHT, 98 + 15 * len(names)), margin={"l": 150, "autoexpand": False})
