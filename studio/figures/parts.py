"""What a printed view is made of, as plain values; `studio.figures.printed` draws them, `widgets.export` offers them.

Usage, on a page or panel::

    def parts() -> Rows:                  # called on a click, so it may take a second; capture values, not widgets
        row = [Picture("predicted x₀", rgb), Picture("head 3", weights, "viridis", 0, 1, "weight")]
        return [row, Lines("Entropy", t, {"head 1": h1, "head 2": h2}, "t", "nats"), Bars("Damage", names, damage)]

    widgets.export("Attention", recipe, parts, lambda: {"weights": weights, "t": t})

A part in a list shares its row with the rest of the list; a part alone has a row of its own. Titles wrap, rows grow.
Pictures are nearest neighbour. Maps of numbers are `Picture`s of floats, coloured as in `figures.colour`: viridis or
cividis for magnitudes, puor or prgn with `low` = −`high` for signed values. Each gets a numbered colour bar, unless
`bar=False` because a neighbour with the same colours has one. `rows` and `columns` name the cells of a heat map such as
layer × t. Names of arrays in the `.npz` are yours, but for `recipe`, which is taken. Numbers in a `Table` are written
with three significant digits, texts as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from studio.figures.colour import COLOURS


@dataclass(frozen=True)
class Picture:
    """A picture, uint8 `(H, W, 3)`, or a map of numbers, `(H, W)`, coloured from `low` to `high` (None: its own ends).

    `rows`, `columns` name rows and columns, or are empty. Raises ValueError for other shapes.
    """

    title: str
    values: np.ndarray
    colours: str = "viridis"
    low: float | None = None
    high: float | None = None
    unit: str = ""
    bar: bool = True
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()

    def __post_init__(self) -> None:
        shape, rgb = self.values.shape, self.values.dtype == np.uint8
        if len(shape) != 2 + rgb or 0 in shape or (rgb and shape[2] != 3):
            raise ValueError(
                f"Picture {self.title!r} is {self.values.dtype} {shape}; give uint8 (H, W, 3) or numbers (H, W)."
            )
        if self.colours not in COLOURS:
            raise ValueError(f"Unknown colour map {self.colours!r}; allowed: {', '.join(COLOURS)}.")
        for names, n in ((self.rows, shape[0]), (self.columns, shape[1])):
            if len(names) not in (0, n):
                raise ValueError(f"Picture {self.title!r} has {n} rows or columns and {len(names)} names for them.")

    @property
    def ends(self) -> tuple[float, float]:
        """The values at the two ends of the colour map; always apart."""
        finite = self.values[np.isfinite(self.values)]
        low = self.low if self.low is not None else float(finite.min(initial=0.0) if not finite.size else finite.min())
        high = self.high if self.high is not None else float(finite.max() if finite.size else 1.0)
        return low, high if high > low else low + 1.0


@dataclass(frozen=True)
class Lines:
    """Curves `y[name]`, `(n,)` each, over `x`, `(n,)`; `log` makes the y axis logarithmic."""

    title: str
    x: Sequence[float] | np.ndarray
    y: Mapping[str, Sequence[float] | np.ndarray]
    x_title: str = ""
    y_title: str = ""
    log: bool = False
    ticks: Sequence[str] = field(default=())  # what stands under each x, where it is not the number

    def __post_init__(self) -> None:
        for name, y in self.y.items():
            if len(y) != len(self.x):
                raise ValueError(f"Curve {name!r} of {self.title!r} has {len(y)} values for {len(self.x)} places.")


@dataclass(frozen=True)
class Bars:
    """One horizontal bar per name, from top to bottom."""

    title: str
    names: Sequence[str]
    values: Sequence[float] | np.ndarray
    unit: str = ""
    log: bool = False

    def __post_init__(self) -> None:
        if len(self.names) != len(self.values):
            raise ValueError(f"Bars {self.title!r} have {len(self.names)} names and {len(self.values)} values.")


@dataclass(frozen=True)
class Table:
    """Rows of texts and numbers under the names of their columns."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float]]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"A row of table {self.title!r} has {len(row)} cells for {len(self.columns)} columns.")


Part = Picture | Lines | Bars | Table
Rows = Sequence[Part | Sequence[Part]]
