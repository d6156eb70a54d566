"""A score is a number with everything needed to judge it: its interval, N, seed, reference and features."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A metric's value and its 95 % interval; None where the metric has no honest one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Score:
    """One metric of `n` pictures, compared with the `n_reference` pictures of `reference`.

    `low` and `high` bound the 95 % interval, None without one; `seed` fixes which pictures were drawn or sampled and
    the resampling behind the interval; `features` names the network that looked at them and how.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    n: int
    n_reference: int
    seed: int
    reference: str
    features: str

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values: one object of `scores.json`."""
        return asdict(self)

    def __str__(self) -> str:
        interval = "no interval" if self.low is None else f"{self.low:.4g} to {self.high:.4g}"
        return (
            f"{self.name:<16} {self.value:<9.4g} ({interval}) N {self.n}, seed {self.seed}, "
            f"reference {self.reference} ({self.n_reference} pictures)"
        )


def to_json(scores: Sequence[Score]) -> str:
    """The text of `scores.json`: a list with one object per score."""
    return json.dumps([score.to_dict() for score in scores], indent=2)


def from_json(text: str) -> list[Score]:
    """Read what `to_json` wrote; ValueError if it is something else."""
    names = {field.name for field in fields(Score)}
    rows = json.loads(text)
    if not isinstance(rows, list) or any(not isinstance(row, dict) or set(row) != names for row in rows):
        raise ValueError(f"Not a list of scores: each must be an object with {', '.join(sorted(names))}.")
    return [Score(**row) for row in rows]


def save(scores: Sequence[Score], file: Path) -> None:
    """Write `scores.json`, whole or not at all."""
    part = file.with_name(file.name + ".part")
    part.write_text(to_json(scores) + "\n")
    os.replace(part, file)
