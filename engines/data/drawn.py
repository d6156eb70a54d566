"""`drawn`: portraits of cats and dogs made in memory from known factors, so that everything works without any data.

The same seed is the same animal at every size. What is on a picture is known exactly, so one can measure whether a
model's latents found it: `table` gives the factors as columns.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path

import numpy as np
import PIL

from engines.data.drawing.factors import SPECIES, Factors, factors
from engines.data.drawing.portrait import paint
from engines.data.listing import Listing, Member

__all__ = ["COUNT", "DRAWN", "Factors", "draw", "factors", "list_drawn", "table"]
DRAWN = "drawn"
COUNT = 4096


def draw(seed: int, size: int) -> tuple[np.ndarray, Factors]:
    """Draw one animal, uint8 `(size, size, 3)`, and say what it is."""
    of = factors(seed)
    return paint(of, size), of


def table(seeds: Sequence[int] = range(COUNT)) -> dict[str, np.ndarray]:
    """The factors of many seeds: one column per factor, one row per seed, of text or numbers."""
    rows = [asdict(factors(seed)) for seed in seeds]
    return {field.name: np.array([row[field.name] for row in rows]) for field in fields(Factors)}


def list_drawn(size: int, count: int = COUNT) -> Listing:
    """List the drawings of the first seeds as a source whose bytes are the pixels at `size`."""
    members = tuple(Member(f"seed-{seed:05d}", partial(_pixels, seed, size)) for seed in range(count))
    labels = tuple(SPECIES.index(factors(seed).species) for seed in range(count))
    code = [file.read_text() for file in sorted(Path(__file__).with_name("drawing").glob("*.py"))]
    return Listing(members, labels, SPECIES, _decode, lambda _: size, "\n".join([DRAWN, PIL.__version__, *code]))


def _pixels(seed: int, size: int) -> bytes:
    return draw(seed, size)[0].tobytes()


def _decode(data: bytes, size: int) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(size, size, 3)
