"""A broken network beside its healthy twin: trained while one watches, kept with the user's runs."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.home import home
from studio.services import generate


@dataclass(frozen=True)
class Side:
    """A twin as a page shows it: its loss by step, what was logged, flags, and samples once it is finished."""

    which: str
    loss: np.ndarray
    history: Any
    flags: tuple[Any, ...]
    samples: np.ndarray | None


def breaks() -> dict[str, Any]:
    """What can be broken: title, symptom and preset by name."""
    from engines.twins import BREAKS

    return BREAKS


def train(name: str, seconds: float) -> Iterator[tuple[float, list[Side]]]:
    """Train a broken network and its healthy twin; yields the seconds gone and both sides after every step.

    Whoever stops asking keeps what there is: the twins of a name replace the last ones. Logs are read once a second.
    """
    from engines import twins

    twins.configs(name)
    folder = home() / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder))
    steps, read, sides = twins.train(name, work, seconds), 0.0, []
    try:
        for _ in range(2):  # reading the pictures is no step of a network
            yield next(steps), sides
        while True:
            with generate.computing:
                gone = next(steps, None)
            if gone is None:
                break
            if time.monotonic() - read > 1:
                sides, read = _sides(work), time.monotonic()
            yield gone, sides
    finally:
        steps.close()
        if (work / twins.HEALTHY / "ema.safetensors").is_file():
            _finish(work)
            shutil.rmtree(folder / _folder(name), ignore_errors=True)
            work.chmod(0o755)
            work.rename(folder / _folder(name))
        shutil.rmtree(work, ignore_errors=True)


def trained(name: str) -> list[Side]:
    """The last twins of a name, with samples; none if there are none."""
    folder = home() / "runs" / _folder(name)
    return _sides(folder) if folder.is_dir() else []


def _folder(name: str) -> str:
    return f"break-{name}"


def _finish(folder: Path) -> None:
    from engines import twins

    for which in twins.WHICH:
        with generate.computing:
            pictures = twins.samples(folder, which)
        np.save(folder / which / "samples.npy", pictures)


def _sides(folder: Path) -> list[Side]:
    from engines import twins

    sides = []
    for which in (twins.HEALTHY, twins.BROKEN):
        twin, file = twins.twin(folder, which), folder / which / "samples.npy"
        pictures = np.load(file, allow_pickle=False) if file.is_file() else None
        sides.append(Side(which, twin.loss, twin.history, twin.flags, pictures))
    return sides
