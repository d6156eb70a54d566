"""Checkpoints: folders of `card.json`, `weights.safetensors` (EMA), `scores.json` and `samples.png`; never a pickle."""

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engines.configs import from_dict, to_dict
from engines.device import pick
from engines.families import build, family
from engines.home import ROOT, home

KEPT = 2  # loaded models that stay in memory


@dataclass(frozen=True)
class Card:
    """What a person must know of a checkpoint before using it. `config` rebuilds the model, `recipe` the training."""

    name: str
    family: str
    config: dict[str, Any]
    classes: tuple[str, ...] = ()
    description: str = ""
    trained_on: str = ""
    licence: str = ""
    images_seen: int = 0
    minutes: float = 0.0
    device: str = ""
    parameters: int = 0
    created: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    history: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A loaded checkpoint: shared by everybody, in `eval()`, without gradients, never changed."""

    card: Card
    net: Any  # the family's module
    path: Path

    @property
    def can(self) -> frozenset[str]:
        """What its family can do."""
        return family(self.card.family).can


def folders() -> list[Path]:
    """Where checkpoints are looked for: the shipped ones, then the user's own."""
    return [ROOT / "checkpoints", home() / "checkpoints"]


def available() -> list[Card]:
    """The cards of all checkpoints that can be read, by name; of two with one name the user's own counts."""
    found = {}
    for folder in folders():
        for path in sorted(folder.glob("*/card.json")):
            try:
                card = read_card(path.parent)
            except ValueError:
                continue
            found[path.parent.name] = card
    return [found[name] for name in sorted(found)]


def locate(name: str) -> Path:
    """The folder of a checkpoint, given by name or path; LookupError lists the names there are."""
    for folder in (*reversed(folders()), Path()):
        path = folder / name
        if (path / "card.json").is_file():
            return path.resolve()
    names = ", ".join(card.name for card in available()) or "none yet"
    raise LookupError(
        f"There is no checkpoint {name!r}; there are: {names}. A path to a checkpoint's folder works too."
    )


def read_card(path: Path) -> Card:
    """Read and check `card.json`; ValueError says what is wrong with it."""
    try:
        values = json.loads((path / "card.json").read_text(encoding="utf-8"))
        card = from_dict(Card, {**values, "name": path.name})
        family(card.family)
    except (OSError, json.JSONDecodeError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise ValueError(f"The card of checkpoint {path.name} cannot be used: {error}") from error
    return card


def read_scores(path: Path) -> list[dict[str, Any]]:
    """The scores of a checkpoint, one dict each; empty when none were measured."""
    file = path / "scores.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


def digest(name: str) -> str:
    """Twelve hexadecimal digits that name the weights, whatever the folder is called."""
    file = locate(name) / "weights.safetensors"
    return _digest(file, file.stat().st_mtime_ns)


_digests: dict[tuple[Path, int], str] = {}


def _digest(file: Path, changed: int) -> str:
    if (file, changed) not in _digests:
        with file.open("rb") as stream:
            _digests[file, changed] = hashlib.file_digest(stream, "sha256").hexdigest()[:12]
    return _digests[file, changed]


_loaded: OrderedDict[tuple[Path, int], Model] = OrderedDict()
_lock = threading.Lock()


def load(name: str, can: str = "") -> Model:
    """Load a checkpoint by name or path, onto the best device; the last two stay in memory.

    Raises LookupError when there is none of that name, ValueError when its files are damaged or its family cannot do
    what `can` asks for.
    """
    path = locate(name)
    if can and can not in (abilities := family(read_card(path).family).can):
        raise ValueError(f"{path.name} cannot do {can!r}; it can: {', '.join(sorted(abilities))}.")
    file = path / "weights.safetensors"
    if not file.is_file():
        raise ValueError(f"Checkpoint {path.name} has no weights.safetensors.")
    key = (path, file.stat().st_mtime_ns)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _read(path, file)
        _loaded.move_to_end(key)
        while len(_loaded) > KEPT:
            _loaded.popitem(last=False)
        return _loaded[key]


def _read(path: Path, file: Path) -> Model:
    card = read_card(path)
    net = build(card.family, card.config)
    load_weights(net, file)
    return Model(card, net.to(pick()).eval().requires_grad_(False), path)


def load_weights(net: nn.Module, file: Path) -> None:
    """Copy the weights in `file` into `net`, in `net`'s own precision; ValueError when they do not fit."""
    try:
        net.load_state_dict(load_file(file))
    except (SafetensorError, OSError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"The weights of {file.parent.name} are damaged or of another model: {reason}") from error


def save(
    folder: Path, card: Card, state: dict[str, Tensor], scores: list[dict[str, Any]], samples: np.ndarray | None
) -> Path:
    """Write a checkpoint into `folder`, named `card.name`, in one move: there is the old one, or the new one, or none.

    `state` is stored in fp16; `samples` is a picture, uint8 `(H, W, 3)`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / card.name
    work = Path(tempfile.mkdtemp(prefix=f".{card.name}-", dir=folder))
    try:
        work.chmod(0o755)
        half = {k: v.detach().cpu().half().contiguous() if v.is_floating_point() else v for k, v in state.items()}
        save_file(half, work / "weights.safetensors")
        (work / "weights.safetensors").chmod(0o644)  # the library makes it private
        values = {key: value for key, value in to_dict(card).items() if key != "name"}
        (work / "card.json").write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        (work / "scores.json").write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")
        if samples is not None:
            Image.fromarray(samples).save(work / "samples.png", optimize=True)
        old = folder / f".{card.name}-old"
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            os.replace(target, old)
        os.replace(work, target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def parameters(net: nn.Module) -> int:
    """The number of trained numbers in `net`."""
    return sum(p.numel() for p in net.parameters())


def finite(state: dict[str, Tensor]) -> bool:
    """Whether every weight is a number."""
    return all(bool(torch.isfinite(v).all()) for v in state.values() if v.is_floating_point())
