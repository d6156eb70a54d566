"""A painted mask as an address holds it: a grid of 32 × 32 cells, each of the first cat or of the second, in a line.

The text is `soft~rows`. `soft`, a digit from 0 to 4, says how wide the edges fade. The 32 rows from the top are parted
by `-`, each 8 hexadecimal digits of which the highest bit is the leftmost cell: 1 belongs to the second cat. Rows that
repeat are written once, with how often: `1~0000ffff*32` gives the right half away. No mask is longer than 289
characters, and all of them are among those that a recipe's view allows.
"""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Self

import numpy as np

SIDE = 32
SOFTEST = 4
_DIGITS = SIDE // 4
_TEXT = rf"([0-{SOFTEST}])~([0-9a-f*-]{{1,{SIDE * (_DIGITS + 1)}}})"
_ROW = rf"([0-9a-f]{{{_DIGITS}}})(?:\*([1-9][0-9]?))?"


@dataclass(frozen=True)
class Painted:
    """Who owns which of 32 × 32 cells: `rows` from the top, 32 bits each, 1 for the second cat; `soft` from 0 to 4."""

    rows: tuple[int, ...]
    soft: int = 1

    def __post_init__(self) -> None:
        if len(self.rows) != SIDE or not all(0 <= row < 1 << SIDE for row in self.rows):
            raise ValueError(f"A mask has {SIDE} rows of {SIDE} cells; got {len(self.rows)}.")
        if not 0 <= self.soft <= SOFTEST:
            raise ValueError(f"soft is {self.soft}; allowed: 0 (cut) to {SOFTEST}.")

    @classmethod
    def of(cls, cells: np.ndarray, soft: int = 1) -> Self:
        """From cells, bool `(32, 32)`; ValueError for another shape."""
        if cells.shape != (SIDE, SIDE):
            raise ValueError(f"Cells are {cells.shape}; a mask has {SIDE} × {SIDE}.")
        return cls(tuple(int("".join("01"[bool(cell)] for cell in row), 2) for row in cells), soft)

    @classmethod
    def read(cls, text: str) -> Self:
        """The inverse of `str`; ValueError says in words what is wrong."""
        whole = re.fullmatch(_TEXT, text)
        found = [re.fullmatch(_ROW, part) for part in whole[2].split("-")] if whole else [None]
        if not all(found):
            raise ValueError(f"{text[:40]!r} is no mask. One looks like 1~0000ffff*{SIDE}: softness~rows.")
        rows = [int(row[1], 16) for row in found for _ in range(int(row[2] or 1))]
        if len(rows) != SIDE:
            raise ValueError(f"The mask has {len(rows)} rows; it must have {SIDE}.")
        return cls(tuple(rows), int(whole[1]))

    def __str__(self) -> str:
        """The text of an address."""
        runs = [(format(row, f"0{_DIGITS}x"), len(list(same))) for row, same in groupby(self.rows)]
        return f"{self.soft}~" + "-".join(row if number == 1 else f"{row}*{number}" for row, number in runs)

    @property
    def cells(self) -> np.ndarray:
        """Bool `(32, 32)`, True where the second cat owns the cell."""
        return np.array([[row >> (SIDE - 1 - x) & 1 for x in range(SIDE)] for row in self.rows], bool)

    @property
    def share(self) -> float:
        """How much of the picture is the second cat's, in [0, 1]."""
        return sum(row.bit_count() for row in self.rows) / SIDE**2

    def mask(self, size: int) -> np.ndarray:
        """The mask of a picture, float32 `(size, size)` in [0, 1]: each pixel as its cell, then softened.

        Softening is a mean over a square, twice; the square reaches `soft` pixels of a picture of 64 to all sides.
        """
        at = (2 * np.arange(size) + 1) * SIDE // (2 * size)
        mask = self.cells[at[:, None], at].astype(np.float32)
        reach = int(self.soft * size / 64 + 0.5)
        for axis in (0, 1, 0, 1) if reach else ():
            wide = np.pad(mask, [(reach, reach) if axis == i else (0, 0) for i in (0, 1)], mode="edge")
            mask = np.lib.stride_tricks.sliding_window_view(wide, 2 * reach + 1, axis).mean(-1)
        return mask.clip(0, 1).astype(np.float32)


HALF = Painted((0x0000FFFF,) * SIDE)  # until somebody paints, the right half is the second cat's
