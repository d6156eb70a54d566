"""Classes of picture files: from the folders they lie in, or from StyleGAN's `dataset.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from engines.data.archives import LABELS
from engines.data.split import PARTS

_SPLIT_FOLDERS = {"train", "training", "val", "valid", "validation", "test", "testing"}
LOOSE = "outside the class folders"
UNLABELLED = f"no label in {LABELS}"


@dataclass(frozen=True)
class Labels:
    """`of[name]` is an index into `classes`; a name that is missing has no class, because of `reason`."""

    classes: tuple[str, ...]
    of: Mapping[str, int]
    reason: str = LOOSE
    parts: Mapping[str, str] = field(default_factory=dict)


def from_folders(names: Sequence[str], title: str) -> Labels:
    """One class per sub-folder, below folders that all share and below `train/`, `val/` and `test/`.

    When most pictures lie loose beside the sub-folders or there are none, everything is one class, named by the folder
    that holds it or by `title` if that says nothing; otherwise the loose ones have no class.
    """
    folders = [tuple(name.split("/")[:-1]) for name in names]
    shared = _shared(folders)
    below = [_without_split(folder[shared:]) for folder in folders]
    if 2 * below.count(()) >= len(below):
        telling = [part for part in folders[0][:shared] if part.lower() not in _SPLIT_FOLDERS]
        return Labels((telling[-1] if telling else title,), dict.fromkeys(names, 0))
    classes = tuple(sorted({folder[0] for folder in below if folder}))
    index = {name: i for i, name in enumerate(classes)}
    return Labels(classes, {name: index[folder[0]] for name, folder in zip(names, below, strict=True) if folder})


def _shared(folders: Sequence[tuple[str, ...]]) -> int:
    """How many folders all paths have in common from the start; of sorted paths the first and the last decide."""
    pairs = zip(min(folders), max(folders), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _without_split(folder: tuple[str, ...]) -> tuple[str, ...]:
    return folder[1:] if folder and folder[0].lower() in _SPLIT_FOLDERS else folder


def from_json(data: bytes, names: Sequence[str], title: str) -> Labels:
    """Read `{"labels": [[name, class], …] or null, "classes": [name, …], "splits": {name: part}}`.

    The last two are this project's own and optional: without `classes`, classes are named by their numbers. Raises
    ValueError for anything else.
    """
    try:
        content = json.loads(data)
        pairs, classes, parts = content["labels"], content.get("classes"), content.get("splits") or {}
        of = {str(name): label for name, label in pairs} if pairs else dict.fromkeys(names, 0)
        known = [str(name) for name in classes] if classes else None
        fits = all(type(label) is int and 0 <= label < (len(known) if known else 10_000) for label in of.values())
        fits = fits and set(parts.values()) <= set(PARTS)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{LABELS} of {title} is not of the form {{labels: [[name, number], …]}}.") from error
    if not fits:
        raise ValueError(f"{LABELS} of {title} has labels or splits out of range; whole numbers from 0 are allowed.")
    if known is None:
        known = [str(i) for i in range(max(of.values(), default=0) + 1)] if pairs else [title]
    return Labels(tuple(known), of, UNLABELLED, parts)
