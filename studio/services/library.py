"""Which checkpoints there are and what each can do."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One checkpoint as a page shows it; `samples` is a picture of 64 of its samples, or None.

    `timesteps` is 1 for a model without a chain.
    """

    name: str
    title: str
    family: str
    classes: tuple[str, ...]
    size: int
    timesteps: int
    trained_on: str
    licence: str
    images_seen: int
    minutes: float
    parameters: int
    samples: Path | None
    scores: tuple[dict[str, Any], ...]
    can: frozenset[str]


def checkpoints(can: str = "") -> list[Entry]:
    """All checkpoints by name, or those that can do `can`."""
    from engines import checkpoints as stored

    entries = [_entry(card, stored.locate(card.name)) for card in stored.available()]
    return [entry for entry in entries if not can or can in entry.can]


def gallery() -> list[Entry]:
    """All that draw pictures, in the order to meet them: cats first, then by KD-lite0, what has no score last."""

    def rank(entry: Entry) -> tuple[bool, float, str]:
        distance = min((score["value"] for score in entry.scores if score["name"] == "KD-lite0"), default=inf)
        return "cat" not in entry.name, distance, entry.name

    return sorted(checkpoints("sample"), key=rank)


def find(name: str, can: str = "") -> Entry:
    """One checkpoint by its name, never by a path; LookupError lists those that can do `can`."""
    entries = {entry.name: entry for entry in checkpoints(can)}
    if name not in entries:
        raise LookupError(f"There is no checkpoint {name!r} here; there are: {', '.join(entries) or 'none yet'}.")
    return entries[name]


def digest(name: str) -> str:
    """The digest of a checkpoint's weights; LookupError if there is no such checkpoint."""
    from engines import checkpoints as stored

    return stored.digest(name)


def _entry(card: Any, path: Path) -> Entry:
    from engines import checkpoints as stored
    from engines.families import family

    samples = path / "samples.png"
    return Entry(
        name=card.name,
        title=card.description or card.name,
        family=card.family,
        classes=card.classes,
        size=_found(card.config, "image_size", 0),
        timesteps=_found(card.config, "num_timesteps", 1),
        trained_on=card.trained_on,
        licence=card.licence,
        images_seen=card.images_seen,
        minutes=card.minutes,
        parameters=card.parameters,
        samples=samples if samples.is_file() else None,
        scores=tuple(stored.read_scores(path)),
        can=family(card.family).can,
    )


def _found(config: dict[str, Any], name: str, default: int) -> int:
    """A setting of a model's config, wherever in it: what makes the pictures is nested differently in each family."""
    if name in config:
        return config[name]
    inner = (_found(value, name, default) for value in config.values() if isinstance(value, dict))
    return next((value for value in inner if value != default), default)
