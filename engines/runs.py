"""A run from its config to a published checkpoint: start, resume, publish."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from safetensors.torch import load_file

from engines import checkpoints
from engines.checkpoints import Card
from engines.configs import from_dict, to_dict
from engines.data.sources import Pictures
from engines.data.sources import load as load_pictures
from engines.device import describe, pick
from engines.families import build, family
from engines.home import ROOT
from engines.images import grid
from engines.metrics.quick import Quick
from engines.noise import generator
from engines.training.config import TrainConfig
from engines.training.log import read
from engines.training.loop import Event, Loop
from engines.training.objectives import Objective

PRESETS = ROOT / "engines" / "presets"


def presets() -> list[str]:
    """The names of the presets that come with the code."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def read_config(name: str) -> TrainConfig:
    """A preset by name, or a YAML or JSON file by path; ValueError says what is wrong in it."""
    path = PRESETS / f"{name}.yaml" if name in presets() else Path(name)
    if not path.is_file():
        raise LookupError(f"There is no preset or config file {name!r}; the presets are: {', '.join(presets())}.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not readable as YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} holds no settings; it must be a list of `name: value` lines.")
    return check(from_dict(TrainConfig, values, path.name))


def check(config: TrainConfig) -> TrainConfig:
    """Make the model's settings complete and raise ValueError if they do not fit together."""
    kind = family(config.family)
    return replace(config, model=to_dict(from_dict(kind.config, config.model, "model")))


def start(config: TrainConfig, folder: Path, minutes: float | None = None) -> Iterator[Event]:
    """Begin a run in `folder`, which must not hold one yet; yields its events."""
    if (folder / "config.json").exists():
        raise ValueError(f"{folder} already holds a run; resume it, or name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    loop = _loop(check(config), folder, minutes)
    (folder / "config.json").write_text(json.dumps(to_dict(loop.config), indent=2) + "\n", encoding="utf-8")
    return iter(loop)


def resume(folder: Path, minutes: float | None = None, images: int | None = None) -> Iterator[Event]:
    """Go on with the run in `folder` as if it had never stopped; `images` moves its end."""
    loop = _loop(run_config(folder, images), folder, minutes)
    if not (folder / "state.pt").is_file():
        raise ValueError(f"{folder} has no state.pt to go on from; start a new run with `init` set to its checkpoint.")
    loop.resume()
    return iter(loop)


def run_config(folder: Path, images: int | None = None) -> TrainConfig:
    """The config that a run was started with; LookupError where there is no run."""
    path = folder / "config.json"
    if not path.is_file():
        raise LookupError(f"{folder} is not a run: it has no config.json.")
    config = from_dict(TrainConfig, json.loads(path.read_text(encoding="utf-8")), str(path))
    return config if images is None else replace(config, images=images)


def _loop(config: TrainConfig, folder: Path, minutes: float | None) -> Loop:
    torch.set_flush_denormal(True)  # gradients near 0 become denormal numbers, which halve the speed of a CPU
    device = pick(config.device)
    with torch.random.fork_rng():
        torch.manual_seed(generator(config.seed).initial_seed())
        model = build(config.family, config.model)
    train, validation = load_split(config, "train", model), load_split(config, "val", model)
    objective: Objective = family(config.family).objective(model, config, device)
    if config.init:
        objective.start_from(load_file(checkpoints.locate(config.init) / "weights.safetensors"))
    return Loop(objective, train, validation, config, folder, minutes, Quick(validation.images).score)


def load_split(config: TrainConfig, split: str, model: Any) -> Pictures:
    """One part of a run's data at the model's size; ValueError if it is empty or its classes do not fit."""
    pictures = load_pictures(config.data, model.shape[1], split=split)
    if not len(pictures.images):
        raise ValueError(
            f"{config.data} has no pictures in its {split} part. A picture's part follows from its bytes, so a small "
            "set may lack one: give it more pictures; 50 are nearly always enough."
        )
    if model.classes and len(pictures.classes) != model.classes:
        raise ValueError(
            f"The model has {model.classes} classes, {config.data} has {len(pictures.classes)}: "
            f"{', '.join(pictures.classes)}. Keep some with SOURCE:class,class or change the model's number of classes."
        )
    return pictures


def publish(folder: Path, name: str, target: Path, n: int = 653, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Turn a run's best weights (the last ones if none were scored) into a checkpoint; yields progress, then its path.

    The card says what it was trained on, for how long and on what; `n` samples are scored against the validation part.
    """
    config = run_config(folder)
    weights = folder / "best.safetensors"
    weights = weights if weights.is_file() else folder / "ema.safetensors"
    if not weights.is_file():
        raise ValueError(f"{folder} has no weights yet; let it train for a few minutes more.")
    model = build(config.family, config.model)
    checkpoints.load_weights(model, weights)
    state = model.state_dict()
    if not checkpoints.finite(state):
        raise ValueError(
            f"{weights} holds numbers that are not finite; the run diverged. Train again with a lower rate."
        )
    # What is scored and shown is what is shipped: the weights as they are after rounding to half precision.
    model.load_state_dict({k: v.half().float() if v.is_floating_point() else v for k, v in state.items()})
    objective = family(config.family).objective(model.to(pick(config.device)), config, pick(config.device))
    samples = []
    for first in range(0, n, 64):
        samples.append(objective.sample(range(seed + first, seed + min(n, first + 64))))
        yield {"step": "sampling", "done": min(n, first + 64), "of": n}
    images = np.concatenate(samples)
    validation = load_split(config, "val", model)
    scores = Quick(validation.images).scores(images, seed=seed, reference=f"{Path(config.data).name} (val)")
    card = _card(folder, config, name, model, validation.classes, weights.stem)
    path = checkpoints.save(target, card, state, scores, grid(images[:64], 8))
    yield {"step": "published", "path": str(path), "scores": scores}


def _card(folder: Path, config: TrainConfig, name: str, model: Any, classes: tuple[str, ...], which: str) -> Card:
    last = (read(folder) or [{"images": 0, "seconds": 0.0}])[-1]
    images, minutes, history = last["images"], last["seconds"] / 60, ()
    if config.init:
        before = checkpoints.read_card(checkpoints.locate(config.init))
        history = (*before.history, f"from {before.name}: {before.images_seen} pictures, {before.minutes:.0f} minutes")
        images, minutes = images + before.images_seen, minutes + before.minutes
    return Card(
        name=name,
        family=config.family,
        config=config.model,
        classes=classes if model.classes else (),
        description=config.description,
        trained_on=config.trained_on or Path(config.data).name,
        licence=config.licence,
        images_seen=images,
        minutes=round(minutes, 1),
        device=describe(pick(config.device)),
        parameters=checkpoints.parameters(model),
        created=time.strftime("%Y-%m-%d"),
        recipe={"weights": which, **{k: v for k, v in to_dict(config).items() if k not in ("model", "data")}},
        history=history,
    )
