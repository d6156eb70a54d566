"""Gradients as pages show them: of one training step, by noise level, and over a run."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.home import home
from studio.services import generate, library

REMEMBERED = 16
LEVELS = 10
GAMMA = 5.0
_known: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


@dataclass(frozen=True)
class Look:
    """One training step: `flow` by layer, its flags, and the settings that the checkpoint was trained with."""

    t: np.ndarray
    loss: float
    flow: Any
    flags: tuple[Any, ...]
    gamma: float | None
    learning_rate: float


@dataclass(frozen=True)
class Levels:
    """Norms `(L, layers)` and losses `(L,)` at steps `t`, `(L,)`, without weights; `weight` is that of min-SNR."""

    layers: tuple[str, ...]
    t: np.ndarray
    weight: np.ndarray
    loss: np.ndarray
    norm: np.ndarray
    gamma: float

    def weighted(self, on: bool) -> tuple[np.ndarray, np.ndarray]:
        """Norms and losses as training sees them, with min-SNR `on` or off."""
        weight = self.weight if on else np.ones_like(self.weight)
        return weight[:, None] * self.norm, weight * self.loss


@dataclass(frozen=True)
class Past:
    """What a run logged of its gradients, a history per network; `loss` is `(N, 2)`, steps and losses.

    `cost` is the share of its time that the log took, as the run measured it; None before its first line.
    """

    histories: tuple[Any, ...]
    loss: np.ndarray
    flags: tuple[Any, ...]
    cost: float | None


def step(checkpoint: str, source: str, seed: int, batch: int, min_snr: bool) -> Look:
    """One training step of a checkpoint on `batch` pictures of `source`; nothing of the checkpoint changes.

    Raises ValueError or LookupError for a source or checkpoint that cannot be used.
    """
    from engines.introspect.flags import diagnose
    from engines.introspect.gradients import step_flow

    key = ("step", library.digest(checkpoint), source, seed, batch, min_snr)
    if key not in _known:
        model, images, labels = _given(checkpoint, source, batch)
        recipe = model.card.recipe
        gamma = _gamma(recipe) if min_snr else None
        rate, decay = recipe.get("learning_rate", 1e-3), recipe.get("weight_decay", 0.0)
        with generate.computing:
            looked = step_flow(model.net, images, labels, seed, gamma, rate, decay)
        _remember(key, Look(looked.t, looked.loss, looked.flow, tuple(diagnose(looked.flow)), gamma, rate))
    return _known[key]


def levels(checkpoint: str, source: str, seed: int, batch: int) -> Iterator[Levels]:
    """Yield the norms after every noise level that was measured; once if they are known."""
    from engines.introspect.gradients import level_flows, level_times

    key = ("levels", library.digest(checkpoint), source, seed, batch)
    if key in _known:
        yield _known[key]
        return
    model, images, labels = _given(checkpoint, source, batch)
    gamma, found = _gamma(model.card.recipe), []
    flows = level_flows(model.net, images, labels, seed, level_times(model.net.schedule, LEVELS), gamma)
    while True:
        with generate.computing:
            level = next(flows, None)
        if level is None:
            break
        found.append(level)
        so_far = _join(found, gamma)
        yield so_far
    _remember(key, so_far)


def known_levels(checkpoint: str, source: str, seed: int, batch: int) -> Levels | None:
    """All levels, if they were measured before."""
    return _known.get(("levels", library.digest(checkpoint), source, seed, batch))


def runs() -> list[str]:
    """The runs in the user's home that logged their gradients, latest first, as paths under `runs/`."""
    from engines.training.flow_log import FILE

    found = [path for depth in ("*", "*/*") for path in (home() / "runs").glob(f"{depth}/{FILE}")]
    found = [path for path in found if not path.relative_to(home() / "runs").parts[0].startswith(".")]
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent.relative_to(home() / "runs").as_posix() for path in found]


def history(run: str) -> Past:
    """What a run logged; `run` is one of `runs` or a folder. Raises LookupError where there is nothing."""
    from engines.introspect.flags import diagnose_run
    from engines.training.flow_log import read_flows
    from engines.training.log import read

    if not (histories := read_flows(_folder(run))):
        raise LookupError(f"{run} has no log of gradients; give the folder of a run made with gradients_every above 0.")
    lines = [line for line in read(_folder(run)) if line["kind"] == "train"]
    curve = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    flags = tuple(flag for history in histories for flag in diagnose_run(history.flows))
    cost = lines[-1].get("gradient_cost") if lines else None
    return Past(tuple(histories), np.array(curve).reshape(-1, 2), flags, cost)


def _folder(run: str) -> Path:
    inside = home() / "runs" / run
    return inside if inside.is_dir() else Path(run).expanduser()


def _given(checkpoint: str, source: str, batch: int) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """The model, `batch` pictures of `source` at its size, their classes by name, unknown ones as the null class."""
    from engines import checkpoints
    from engines.data.sources import load

    library.find(checkpoint, can="gradients")
    model = checkpoints.load(checkpoint)
    pictures = load(source, model.net.shape[1], limit=batch)
    if not model.net.classes:
        return model, pictures.images, None
    names = list(model.card.classes)
    known = [names.index(name) if name in names else model.net.classes for name in pictures.classes]
    return model, pictures.images, np.array(known)[pictures.labels]


def _gamma(recipe: dict[str, Any]) -> float:
    return recipe.get("min_snr_gamma") or GAMMA


def _join(found: Sequence[Any], gamma: float) -> Levels:
    columns = {name: np.array([getattr(level, name) for level in found]) for name in ("t", "weight", "loss")}
    return Levels(found[0].flow.layers, **columns, norm=np.stack([level.flow.norm for level in found]), gamma=gamma)


def _remember(key: tuple[Any, ...], value: Any) -> None:
    _known[key] = value
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)
