"""The training loop, as a generator: the caller prints, draws or stops; the run's folder holds everything else."""

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from engines.data.batches import Batches
from engines.data.sources import Pictures
from engines.images import grid, to_tensor
from engines.noise import generator
from engines.training.config import TrainConfig
from engines.training.flow_log import FlowLog
from engines.training.log import RunLog
from engines.training.objectives import Objective

SAMPLES = 36  # pictures on a sheet, from the same noise all through a run
VALIDATED = 256  # pictures on which the validation loss is measured

Scorer = Callable[[np.ndarray], dict[str, float]]


@dataclass(frozen=True)
class Event:
    """One thing that happened: `train`, `validation`, `scores`, `sample`, `saved` or `end`, with its numbers."""

    kind: str
    step: int
    images: int
    seconds: float
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Progress:
    """How far a run is; saved with it."""

    step: int = 0
    images: int = 0
    seconds: float = 0.0
    best: float = math.inf
    best_images: int = 0
    worse: int = 0


def rate(config: TrainConfig, images: int, done: float) -> float:
    """The share of the learning rate to use: warm-up, plateau, then a cosine to 0 over the last `decay` of the run."""
    warm = min(1.0, (images + config.batch_size) / max(config.warmup_images, 1))
    left = (1 - done) / config.decay if config.decay else 1.0
    return warm * (0.5 - 0.5 * math.cos(math.pi * min(1.0, max(0.0, left))))


class Loop:
    """One run in progress. Iterate over it; closing the iterator saves the state and ends the run cleanly."""

    def __init__(
        self,
        objective: Objective,
        train: Pictures,
        validation: Pictures,
        config: TrainConfig,
        folder: Path,
        minutes: float | None = None,
        score: Scorer | None = None,
    ) -> None:
        self.objective = objective
        self.train = train
        self.config = config
        self.folder = folder
        self.minutes = minutes
        self.score = score
        self.at = Progress()
        self.held_out = to_tensor(validation.images[:VALIDATED])
        self.held_out_labels = torch.from_numpy(validation.labels[:VALIDATED])

    def resume(self) -> None:
        """Go on exactly where `state.pt` was saved."""
        state = torch.load(self.folder / "state.pt", map_location="cpu", weights_only=True)
        self.objective.load_state_dict(state["objective"])
        self.at = Progress(**state["progress"])

    def __iter__(self) -> Iterator[Event]:
        began, before = time.monotonic(), self.at.seconds
        batches = Batches(
            self.train,
            self.config.batch_size,
            self.config.seed,
            self.config.augmentation,
            position=self.at.step * self.config.accumulate,
        )
        saved = began
        optimisers, every = self.objective.optimisers(), self.config.gradients_every
        with (
            RunLog(self.folder, self.at.step) as log,
            FlowLog(self.folder, optimisers, every, self.at.step) as self.flows,
        ):
            try:
                reason, values = self._finished(0.0), None
                while not reason:
                    values = self._step(batches, time.monotonic() - began)
                    elapsed = time.monotonic() - began
                    self.at.seconds = before + elapsed
                    yield from self._report(log, values, elapsed)
                    if time.monotonic() - saved > 60 * self.config.save_minutes:
                        self.save()
                        saved = time.monotonic()
                        yield self._event("saved")
                    reason = self._finished(elapsed)
                if values and not self._due(self.config.log_images):
                    yield self._learnt(log, values)  # where a run ends is seen, however short it was
                if self.score and self.at.best_images and not self._due(self.config.score_images):
                    yield self._scored(log, self.score)  # the last state, at the lowest rate, may be the best
                log.write("end", self.at.step, self.at.images, self.at.seconds, {"reason": reason})
                yield self._event("end", {"reason": reason})
            finally:
                batches.close()
                self.save()

    def _step(self, batches: Batches, elapsed: float) -> dict[str, float]:
        config = self.config
        share = rate(config, self.at.images, self._done(elapsed))
        drawn = [next(batches) for _ in range(config.accumulate)]
        draw = self.objective.draw(config.seed, self.at.step)
        with torch.random.fork_rng():  # dropout knows no generator of its own
            torch.manual_seed(generator(config.seed, stream=-1 - self.at.step).initial_seed())
            self.flows.begin(self.at.step)
            values = self.objective.step(drawn, self.at.step, share, draw)
        self.at.step += 1
        self.at.images += config.batch_size * config.accumulate
        self.flows.end(self.at.step, self.at.images)
        return {**values, "learning_rate": share * config.learning_rate}

    def _report(self, log: RunLog, values: dict[str, float], elapsed: float) -> Iterator[Event]:
        config = self.config
        if self._due(config.log_images):
            yield self._learnt(log, values)
        if self._due(config.validate_images):
            losses = self.objective.validate(self.held_out, self.held_out_labels)
            yield self._log(log, "validation", losses)
            if config.best_by == "loss":
                self._keep_if_best(losses["loss"])
        if self._due(config.sample_images):
            path = log.picture(self.at.images, grid(self.objective.sample(range(SAMPLES))))
            yield self._event("sample", {"path": str(path)})
        if self.score and self._due(config.score_images):
            yield self._scored(log, self.score)

    def _learnt(self, log: RunLog, values: dict[str, float]) -> Event:
        speed = round(self.at.images / max(self.at.seconds, 1e-9), 2)
        costs = {"images_per_second": speed, "gradient_cost": round(self.flows.cost, 5)}
        return self._log(log, "train", {**values, **costs})

    def _scored(self, log: RunLog, score: Scorer) -> Event:
        scores = score(self.objective.sample(range(self.config.score_n)))
        if self.config.best_by == "kd":
            self._keep_if_best(scores["kd"])
        return self._log(log, "scores", scores)

    def _due(self, every: int) -> bool:
        """Whether a multiple of `every` pictures was passed in the last step."""
        batch = self.config.batch_size * self.config.accumulate
        return self.at.images // every > (self.at.images - batch) // every

    def _done(self, elapsed: float) -> float:
        """The share of the run that is over, by pictures or by the clock, whichever is further."""
        by_images = self.at.images / self.config.images
        return max(by_images, elapsed / (60 * self.minutes) if self.minutes else 0.0)

    def _finished(self, elapsed: float) -> str:
        if self.at.images >= self.config.images:
            return f"all {self.config.images} pictures seen"
        if self.minutes is not None and elapsed >= 60 * self.minutes:
            return f"{self.minutes:g} minutes are over"
        if self.config.patience and self.at.worse >= self.config.patience:
            return f"{self.config.best_by} did not improve {self.config.patience} times in a row"
        return ""

    def _keep_if_best(self, value: float) -> None:
        if value < self.at.best:
            self.at.best, self.at.best_images, self.at.worse = value, self.at.images, 0
            save_weights(self.objective, self.folder / "best.safetensors")
        else:
            self.at.worse += 1

    def save(self) -> None:
        """Write `state.pt`, from which `resume` goes on, and the averaged weights, each in one move."""
        state = {"objective": self.objective.state_dict(), "progress": vars(self.at)}
        work = self.folder / ".state.pt"
        torch.save(state, work)
        os.replace(work, self.folder / "state.pt")
        save_weights(self.objective, self.folder / "ema.safetensors")

    def _log(self, log: RunLog, kind: str, values: dict[str, float]) -> Event:
        log.write(kind, self.at.step, self.at.images, self.at.seconds, values)
        return self._event(kind, values)

    def _event(self, kind: str, values: dict[str, Any] | None = None) -> Event:
        return Event(kind, self.at.step, self.at.images, self.at.seconds, values or {})


def save_weights(objective: Objective, path: Path) -> None:
    """Write the averaged weights in one move, without the compiler's prefix."""
    state = {k.removeprefix("_orig_mod."): v.contiguous() for k, v in objective.weights().items()}
    work = path.with_name(f".{path.name}")
    save_file(state, work)
    os.replace(work, path)
