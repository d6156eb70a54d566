"""What a set of pairs is to be: its settings, and whether a folder that is there already holds the same ones."""

import hashlib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from engines import checkpoints
from engines.checkpoints import Model
from engines.configs import from_dict, to_dict
from engines.data.drawn import DRAWN
from engines.data.sources import Pictures
from engines.data.where import parse
from engines.fusing import check, way
from engines.fusion.choosing import RULES
from engines.fusion.ways import Settings
from engines.pairs import folder as files

MOST = 1000
VERSION = 1


@dataclass(frozen=True)
class Plan:
    """Fuse `pairs` pairs of the source `data` at `lam` by one of the checkpoint's ways, `method`.

    `rule` and `choice` say which pictures are paired (see `fusion.choosing`). The noise of pair i has the seed
    `settings.seed` + i, so that no two pairs share it. Raises ValueError for values out of range.
    """

    checkpoint: str
    data: str
    pairs: int = 50
    lam: float = 0.5
    method: str = "slerp"
    rule: str = "any"
    choice: int = 0
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        if not 1 <= self.pairs <= MOST:
            raise ValueError(f"{self.pairs} pairs; allowed: 1 to {MOST}.")
        if not 0 < self.lam < 1:
            raise ValueError(f"λ is {self.lam:g}; pairs are fused at one λ above 0 and below 1, which are the parents.")
        if self.rule not in RULES:
            raise ValueError(f"Unknown rule {self.rule!r}; allowed: {', '.join(RULES)}.")


def settled(plan: Plan, model: Model) -> Plan:
    """The plan as it holds in any folder, with the settings that its way does not read at their defaults.

    Raises LookupError or ValueError for what the checkpoint does not have.
    """
    how = way(model, plan.method)
    check(model, plan.settings)
    how.passes(model.net, plan.settings)
    read = {each.name: getattr(plan.settings, each.name) for each in fields(Settings) if each.name in how.reads}
    return replace(plan, checkpoint=_name(model), data=place(plan.data), settings=Settings(**read))


def begin(plan: Plan, model: Model, pictures: Pictures, folder: Path) -> None:
    """Write `config.json`, or see that what is there asks for the same; more pairs may be asked for, not fewer.

    Raises ValueError that names what differs.
    """
    wanted = _config(plan, model, pictures)
    there = files.read_json(folder / files.CONFIG)
    if there is None and files.records(folder):
        raise ValueError(f"{folder} holds pairs, but its {files.CONFIG} is missing or damaged; name another folder.")
    if there is not None:
        _compare(there, wanted, folder)
    files.write_json(folder / files.CONFIG, wanted)


def read(folder: Path, pairs: int | None = None) -> Plan:
    """The plan of a folder, to go on with it, with another number of pairs if one is given.

    Raises LookupError where there is none, ValueError where it is damaged.
    """
    values = files.read_json(folder / files.CONFIG)
    if not isinstance(values, dict):
        raise LookupError(f"{folder} holds no pairs to go on with: it has no {files.CONFIG} that can be read.")
    names = {each.name for each in fields(Plan)}
    plan = from_dict(Plan, {name: value for name, value in values.items() if name in names}, str(folder))
    return plan if pairs is None else replace(plan, pairs=pairs)


def _name(model: Model) -> str:
    """A checkpoint's name, or its path where the name alone would find another one or none."""
    try:
        found = checkpoints.locate(model.card.name)
    except LookupError:
        return str(model.path)
    return model.card.name if found == model.path else str(model.path)


def place(source: str) -> str:
    """The name by which a source is found from any folder; ValueError if there is no such source."""
    head, classes = parse(source)
    whole = head if head == DRAWN else str(Path(head).resolve())
    return f"{whole}:{','.join(classes)}" if classes else whole


def _config(plan: Plan, model: Model, pictures: Pictures) -> dict[str, Any]:
    state = hashlib.blake2b("\n".join(pictures.names).encode("utf-8", "surrogatepass"), digest_size=8)
    state.update(np.ascontiguousarray(pictures.images))
    values = {"version": VERSION, **to_dict(plan)}
    del values["settings"]["seeds"]
    return {**values, "weights": checkpoints.digest(str(model.path)), "pictures": state.hexdigest()}


def _compare(there: dict[str, Any], wanted: dict[str, Any], folder: Path) -> None:
    same_elsewhere = ("checkpoint", "data")  # names and paths; what they stand for is compared below them
    for name, value in _flat(wanted).items():
        old = _flat(there).get(name)
        if name == "pairs" and isinstance(old, int) and old <= value:
            continue
        if name in same_elsewhere or old == value:
            continue
        what = {"weights": "weights of another model", "pictures": "pictures of another source"}.get(name)
        what = what or f"{name} {old}, while {value} is asked for"
        raise ValueError(f"{folder} was made with {what}; name another folder, or ask for what it holds.")


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    settings = values.get("settings")
    return {**values, **(settings if isinstance(settings, dict) else {}), "settings": None}
