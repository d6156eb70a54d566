"""The contact sheet of a set of pairs: each fusion between its parents, with its numbers under it."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.pairs.folder import Record

TILE = 128  # px that a picture is enlarged to, by whole multiples
COLUMNS = 5
GAP, EDGE, LINE = 2, 16, 18
PAPER, GROUND, INK, MUTED = (250, 249, 247), (128, 128, 128), (34, 37, 43), (95, 101, 112)


def sheet(records: Sequence[Record], pictures: Sequence[np.ndarray], title: Sequence[str]) -> np.ndarray:
    """Draw all pairs, uint8 `(H, W, 3)`; `pictures` are those of A, the fused ones and those of B, `(N, h, w, 3)`."""
    times = max(1, TILE // pictures[0].shape[1])
    big = [each.repeat(times, axis=1).repeat(times, axis=2) for each in pictures]
    height, width = big[0].shape[1:3]
    columns = min(COLUMNS, len(records))
    cell = (3 * width + 4 * GAP + EDGE, height + 2 * GAP + 2 * LINE + EDGE)
    font, bold = ImageFont.load_default(13), ImageFont.load_default(15)
    lines = [line for text in title for line in _wrapped(text, bold, columns * cell[0] - EDGE)]
    top = EDGE + len(lines) * (LINE + 4) + EDGE // 2
    page = Image.new("RGB", (EDGE + columns * cell[0], top + -(-len(records) // columns) * cell[1]), PAPER)
    draw = ImageDraw.Draw(page)
    for i, line in enumerate(lines):
        draw.text((EDGE, EDGE + i * (LINE + 4)), line, INK, bold)
    for i, record in enumerate(records):
        x, y = EDGE + i % columns * cell[0], top + i // columns * cell[1]
        draw.rectangle((x, y, x + cell[0] - EDGE - 1, y + height + 2 * GAP - 1), GROUND)
        for k, each in enumerate(big):
            page.paste(Image.fromarray(each[i]), (x + GAP + k * (width + GAP), y + GAP))
        for k, (text, colour) in enumerate(zip(_said(record), (INK, MUTED), strict=True)):
            draw.text((x, y + height + 2 * GAP + 1 + k * LINE), text, colour, font)
    return np.array(page)


def _said(record: Record) -> tuple[str, str]:
    first = f"#{record.pair}  {record.verdict}  ·  balance {record.balance:.2f}"
    rest = f"to A {record.to_a:.2f}  to B {record.to_b:.2f}  apart {record.apart:.2f}"
    return first, f"{rest}  detail {record.detail:.2f}  cat {record.cat:.2f}"


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
