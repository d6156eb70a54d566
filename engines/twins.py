"""Two small runs side by side, one of them broken on purpose: what each mistake does to the gradients."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from engines import runs
from engines.configs import override
from engines.families import build, family
from engines.introspect.flags import Flag, diagnose_run
from engines.training.config import TrainConfig
from engines.training.flow_log import FlowHistory, read_flows
from engines.training.log import read
from engines.training.loop import Event

BROKEN, HEALTHY = WHICH = ("broken", "healthy")


@dataclass(frozen=True)
class Break:
    """A preset that breaks one thing, the symptom that this provokes, and the settings that repair it."""

    preset: str
    title: str
    symptom: str
    repair: tuple[str, ...]


BREAKS = {
    "rate": Break("break-rate", "Learning rate × 100", "non-finite", ("learning_rate=0.003",)),
    "norm": Break("break-norm", "No normalisation", "exploding", ("model.unet.norm=true",)),
    "skips": Break("break-skips", "No skips", "vanishing", ("model.unet.skips=true",)),
    "start": Break("break-start", "Weights start at 0", "dead", ("model.unet.weight_scale=1.0",)),
}


@dataclass(frozen=True)
class Twin:
    """One of two runs so far: its loss at each step, `(N,)`, what was logged of its gradients, and its flags."""

    which: str
    loss: np.ndarray
    history: FlowHistory | None
    flags: tuple[Flag, ...]


def configs(name: str) -> dict[str, TrainConfig]:
    """The broken and the repaired config of a break; LookupError says which there are."""
    if name not in BREAKS:
        raise LookupError(f"Nothing breaks by the name of {name!r}; there are: {', '.join(BREAKS)}.")
    broken = runs.read_config(BREAKS[name].preset)
    return {BROKEN: broken, HEALTHY: runs.check(override(broken, list(BREAKS[name].repair)))}


def train(name: str, folder: Path, seconds: float) -> Iterator[float]:
    """Train both twins of a break in `folder`, step by step in turn; yields the seconds gone after every step.

    The first 0 comes before the data is read, which may take longest, the second after. A twin whose gradients are not
    finite any more ends early. Closing the iterator saves and ends both.
    """
    both = configs(name)
    yield 0.0
    with ExitStack() as stack:
        going = {}
        for which, config in both.items():
            going[which] = runs.start(config, folder / which)
            stack.callback(going[which].close)
        yield 0.0
        began = time.monotonic()
        while going and (gone := time.monotonic() - began) < seconds:
            for which in list(going):
                if not _stepped(going[which]):
                    del going[which]
                yield gone


def _stepped(events: Iterator[Event]) -> bool:
    """Make one step; whether there can be another."""
    try:
        return next(events).kind != "end"
    except RuntimeError:  # the optimiser gave up on gradients that are not finite
        return False


def twin(folder: Path, which: str) -> Twin:
    """What the logs say of a twin in `folder` at this moment."""
    loss = np.array([line["loss"] for line in read(folder / which) if line["kind"] == "train"])
    histories = read_flows(folder / which)
    history = histories[0] if histories else None
    return Twin(which, loss, history, tuple(diagnose_run(history.flows)) if history else ())


def samples(folder: Path, which: str, number: int = 16) -> np.ndarray:
    """Pictures of a twin's averaged weights, uint8 `(number, H, W, 3)`; black where they are not numbers."""
    config = runs.run_config(folder / which)
    model = build(config.family, config.model)
    objective = family(config.family).objective(model, config, model.device)
    objective.start_from(load_file(folder / which / "ema.safetensors"))
    with np.errstate(invalid="ignore"):
        return objective.sample(range(number))
