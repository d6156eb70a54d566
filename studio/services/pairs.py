"""Many pairs, fused by the command in a process of its own, which outlives page and server; both read its folder."""

import contextlib
import hashlib
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engines.home import ROOT, home
from studio.recipe import Recipe
from studio.services import library

LOG = "log.txt"
MOST = 200  # pairs, of one button
_children: dict[Path, subprocess.Popen] = {}


@dataclass(frozen=True)
class Asked:
    """Fuse `pairs` pairs of the source `data` at `lam` by the way `method`; `rule` and `choice` say which pairs.

    Of the recipe, `checkpoint`, `seed`, `sampler`, `steps`, `start` and `label` count.
    """

    recipe: Recipe
    data: str
    pairs: int
    lam: float
    method: str
    rule: str
    choice: int = 0


@dataclass(frozen=True)
class Seen:
    """What a folder says at this moment: finished pairs, how far the work is, scores once all is there, what failed."""

    records: tuple[Any, ...]
    progress: Any | None
    running: bool
    scores: dict[str, Any] | None
    error: str

    @property
    def left(self) -> float | None:
        """About how many seconds it will take until the last pair is drawn; None as long as nobody knows."""
        step = self.progress
        if step is None or step.done == 0 or step.pairs == step.of:
            return None
        return step.seconds / step.done * (step.total - step.done)


def methods(checkpoint: str) -> dict[str, Any]:
    """The ways that a checkpoint has, by name, and the blend of pixels."""
    from engines.families import family
    from engines.fusion.blend import PIXELS

    return {**family(library.find(checkpoint).family).ways, "blend": PIXELS}


def rules() -> dict[str, str]:
    """The rules by which pairs are chosen, each in words."""
    from engines.fusion.choosing import RULES

    return RULES


def calls(asked: Asked) -> int:
    """About how many network calls all pairs take, each for one picture."""
    way = methods(asked.recipe.checkpoint)[asked.method]
    encoding = 2 * asked.recipe.steps + 12 if way.code == "noise" else 0
    chain = asked.recipe.steps if way.code == "noise" else round(asked.recipe.start * asked.recipe.steps)
    return asked.pairs * (2 * encoding + (chain if way.reads else 0))


def folder(asked: Asked) -> Path:
    """Where the pairs are kept: the same settings, in whatever number, are the same folder."""
    recipe, read = asked.recipe, methods(asked.recipe.checkpoint)[asked.method].reads
    settings = {name: getattr(recipe, name) for name in ("steps", "start", "sampler", "seed", "label") if name in read}
    data = asked.data
    with contextlib.suppress(ValueError):  # else there is no such source, and no such folder
        data = _place(asked.data)
    weights = library.digest(recipe.checkpoint)
    values = [weights, data, asked.lam, asked.method, asked.rule, asked.choice, settings]
    key = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:10]
    return home() / "pairs" / f"{recipe.checkpoint}-{asked.method}-{key}"


def words(asked: Asked) -> list[str]:
    """The command's words after `python -m`."""
    recipe = asked.recipe
    settings = {
        "pairs": asked.pairs, "data": _place(asked.data), "lam": asked.lam, "method": asked.method, "rule": asked.rule,
        "choice": asked.choice, "steps": recipe.steps, "start": recipe.start, "sampler": recipe.sampler,
        "seed": recipe.seed, "out": folder(asked),
    }  # fmt: skip
    label = [f"--class={recipe.label}"] if recipe.label else []
    return ["engines", "fuse", recipe.checkpoint, *(f"--{name}={value}" for name, value in settings.items()), *label]


def command(asked: Asked) -> str:
    """The command, to be typed beside the `engines` folder."""
    return shlex.join(["python", "-m", *words(asked)])


def start(asked: Asked) -> None:
    """Have the pairs fused, or go on with them, in a process of its own; nothing happens while one is at it.

    Raises ValueError or LookupError for a source or a checkpoint that is not there.
    """
    library.find(asked.recipe.checkpoint, "interpolate")
    place = folder(asked)
    order = words(replace(asked, pairs=max(asked.pairs, wanted(asked))))
    if running(asked):
        return
    place.mkdir(parents=True, exist_ok=True)
    (place / "stop").unlink(missing_ok=True)  # what was asked for last counts
    apart: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    with (place / LOG).open("wb") as log:
        _children[place] = subprocess.Popen(
            [sys.executable, "-m", *order],
            cwd=ROOT,
            env={**os.environ, "GOMP_SPINCOUNT": "0", "WHISKER_HOME": str(home())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **apart,
        )


def cancel(asked: Asked) -> None:
    """Have it stopped after the step that it is at; what is finished stays."""
    from engines.pairs import folder as files

    if running(asked):
        files.ask_to_stop(folder(asked))


def wanted(asked: Asked) -> int:
    """How many pairs were asked for before; 0 if none were."""
    from engines.pairs import folder as files

    values = files.read_json(folder(asked) / files.CONFIG)
    return values["pairs"] if isinstance(values, dict) and isinstance(values.get("pairs"), int) else 0


def forget(asked: Asked) -> None:
    """Remove the folder, unless somebody works on it."""
    if not running(asked):
        shutil.rmtree(folder(asked), ignore_errors=True)
        _triple.cache_clear()


def running(asked: Asked) -> bool:
    """Whether a process works on these pairs, whoever started it."""
    from engines.pairs import folder as files

    child = _children.get(place := folder(asked))
    return (child is not None and child.poll() is None) or files.busy(place)


def seen(asked: Asked) -> Seen:
    """What there is of the pairs."""
    from engines.pairs import folder as files

    place, at_work = folder(asked), running(asked)
    records = tuple(files.records(place))
    scores = files.read_json(place / files.SCORES)
    whole = isinstance(scores, dict) and len(records) >= asked.pairs
    failed = "" if at_work or whole else _failure(place)
    return Seen(records, files.progress(place) if at_work else None, at_work, scores if whole else None, failed)


def triple(asked: Asked, pair: int, width: int) -> bytes:
    """A finished pair as a PNG: A, the fused picture and B, each enlarged by whole multiples up to `width`."""
    return _triple(folder(asked), pair, width)


@lru_cache(maxsize=2 * MOST)
def _triple(place: Path, pair: int, width: int) -> bytes:
    from engines.images import grid
    from engines.pairs import folder as files

    pictures = []
    for which in files.WHICH:
        with Image.open(files.picture(place, pair, which), formats=["PNG"]) as image:
            scale = max(1, width // image.width)
            pictures.append(np.array(image.convert("RGB")).repeat(scale, axis=0).repeat(scale, axis=1))
    out = io.BytesIO()
    Image.fromarray(grid(np.stack(pictures), 3)).save(out, "PNG")
    return out.getvalue()


def sheet(asked: Asked) -> bytes:
    """The contact sheet with all pairs, a PNG."""
    from engines.pairs import folder as files

    return (folder(asked) / files.SHEET).read_bytes()


def archive(asked: Asked) -> bytes:
    """All that the folder holds, as a zip: pictures, numbers, scores, sheet and settings."""
    from engines.pairs import folder as files

    place, out = folder(asked), io.BytesIO()
    kept = [files.CONFIG, files.RECORDS, files.SCORES, files.SHEET]
    pictures = sorted(path for path in (place / files.PICTURES).glob("*.png"))
    with zipfile.ZipFile(out, "w") as zipped:
        for path in [*(place / name for name in kept if (place / name).is_file()), *pictures]:
            zipped.write(path, path.relative_to(place.parent))
    return out.getvalue()


def _place(source: str) -> str:
    from engines.pairs.plan import place

    return place(source)


def _failure(place: Path) -> str:
    """What the command said when it gave up, "" if it did not: it may have been cancelled, or the machine put out."""
    with contextlib.suppress(OSError):
        lines = (place / LOG).read_text("utf-8", "replace").strip().splitlines()
        if lines and lines[-1].startswith("error: "):
            return lines[-1].removeprefix("error: ")
        if any(line.startswith("Traceback") for line in lines):
            return f"Fusing failed ({lines[-1]}); {place / LOG} says where."
    return ""
