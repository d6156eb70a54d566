"""What a run remembers of its gradients: `gradients.jsonl`, one line every k steps and network; and what that costs."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from engines.training.flow import Flow, Watch, from_plain, plain
from engines.training.optimise import Optimiser

FILE = "gradients.jsonl"


@dataclass(frozen=True)
class FlowHistory:
    """The flow of one network at every logged step: `steps` and `images`, `(S,)`, and a flow each.

    `net` is "" where a run has a single network.
    """

    net: str
    steps: np.ndarray
    images: np.ndarray
    flows: tuple[Flow, ...]

    def stack(self, name: str) -> np.ndarray:
        """One number of all layers and steps, `(S, L)`: a field or a ratio of `Flow`."""
        return np.stack([getattr(flow, name) for flow in self.flows])


class FlowLog:
    """Watches the optimisers of a run at every k-th step; a resumed run first drops the lines after its state."""

    def __init__(self, folder: Path, optimisers: Mapping[str, Optimiser], every: int, step: int = 0) -> None:
        self.every = every
        self.optimisers = optimisers
        self.watches = {net: Watch(optimiser.module) for net, optimiser in optimisers.items()} if every else {}
        self._began, self._spent = time.monotonic(), 0.0
        if not every:
            return
        path = folder / FILE
        kept = [line for line in _lines(path) if line.get("step", 0) <= step] if step else []
        heads = [{"net": net, "layers": watch.layers.names} for net, watch in self.watches.items()]
        path.write_text("".join(json.dumps(line) + "\n" for line in kept or heads), encoding="utf-8")
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def begin(self, step: int) -> None:
        """Have the optimisers watched during `step`, if it is one of those."""
        for net, watch in self.watches.items():
            self.optimisers[net].watch = watch if step % self.every == 0 else None

    def end(self, step: int, images: int) -> None:
        """Write down what was seen in `step`, after which the run had seen so many `images`."""
        began = time.monotonic()
        for net, watch in self.watches.items():
            if self.optimisers[net].watch is not None and (flow := watch.taken()) is not None:
                line = {"net": net, "step": step, "images": images, **plain(flow)}
                self._file.write(json.dumps(line) + "\n")
        self._spent += time.monotonic() - began

    @property
    def cost(self) -> float:
        """The share of the run's time, since it was started or resumed, that went into watching."""
        spent = self._spent + sum(watch.seconds for watch in self.watches.values())
        return spent / max(time.monotonic() - self._began, 1e-9)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for optimiser in self.optimisers.values():
            optimiser.watch = None
        if self.every:
            self._file.close()


def read_flows(folder: Path) -> list[FlowHistory]:
    """What a run remembers of its gradients, a history per network; empty where nothing was logged yet."""
    lines = _lines(folder / FILE)
    layers = {line["net"]: line["layers"] for line in lines if "layers" in line}
    histories = []
    for net, names in layers.items():
        own = [line for line in lines if "step" in line and line["net"] == net]
        if own:
            columns = (np.array([line[name] for line in own]) for name in ("step", "images"))
            histories.append(FlowHistory(net, *columns, tuple(from_plain(names, line) for line in own)))
    return histories


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:  # the last line of a run that was killed
            continue
    return lines
