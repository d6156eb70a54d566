"""Checkpoints side by side: what their cards say, what is measured here and now, and what their runs logged."""

import json
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.home import home
from studio.services import generate, library, steer
from studio.services.library import Entry

_known: OrderedDict[Any, "Measured"] = OrderedDict()
_reasons: OrderedDict[Any, Any] = OrderedDict()


@dataclass(frozen=True)
class Measured:
    """One checkpoint here and now: `seconds` for each of `n` pictures drawn together, uint8 `(n, H, W, 3)`.

    `passes` is how often the network is asked for a picture; `drawing` and `judging` count the weights of what draws
    and, for a GAN, of what judged it in training, 0 for others.
    """

    name: str
    seconds: float
    pictures: np.ndarray
    passes: int
    drawing: int
    judging: int

    @property
    def n(self) -> int:
        """How many pictures the time rests on."""
        return len(self.pictures)


@dataclass(frozen=True)
class Stability:
    """How a run's losses moved: by name, `(N, 2)` of pictures seen and loss; `wobble` by name is the standard deviation
    over the last half of the run as a share of the mean size. `skipped` steps had gradients that were not finite."""

    run: str
    losses: dict[str, np.ndarray]
    wobble: dict[str, float]
    skipped: int


def measure(names: Sequence[str], seed: int, number: int, steps: int) -> Iterator[list[Measured]]:
    """Yield what is measured so far after every network pass or known checkpoint; a chain takes `steps` steps.

    Waiting for others is not counted. Raises LookupError for a checkpoint that is not there.
    """
    done: list[Measured] = []
    for name in names:
        for found in _one(name, seed, number, steps):
            if found is not None:
                done = [*done, found]
            yield done


def known(names: Sequence[str], seed: int, number: int, steps: int) -> list[Measured] | None:
    """All of it, if it was measured before."""
    found = [_known.get(_key(name, seed, number, steps)) for name in names]
    return None if None in found else found


def passes(names: Sequence[str], steps: int) -> int:
    """How often `measure` yields, at most."""
    return sum(steps + 2 if "trajectory" in library.find(name).can else 3 for name in names)


def score(entry: Entry, name: str) -> dict[str, Any] | None:
    """A score of a card by its name, with N and interval; None if it was not measured."""
    return next((each for each in entry.scores if each["name"] == name), None)


def stability(entry: Entry) -> Stability | None:
    """How the run of a checkpoint went, if a run of its family and description lies in the user's home."""
    from engines.training.log import read

    for path in sorted((home() / "runs").glob("*/config.json"), key=lambda file: -file.stat().st_mtime):
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        same = (config.get("family"), config.get("description")) == (entry.family, entry.title)
        lines = [line for line in read(path.parent) if line["kind"] == "train"] if same else []
        if found := _stability(path.parent.name, lines):
            return found
    return None


def first_of_each_family() -> list[str]:
    """A checkpoint per family, the one to meet first."""
    found: dict[str, Entry] = {}
    for entry in library.gallery():
        found.setdefault(entry.family, entry)
    return [entry.name for entry in found.values()]


def reasons(checkpoint: str, seed: int) -> tuple[Any, Any, Any]:
    """StyleGAN2's changes in numbers: norms, sizes and the cost of R1, of a checkpoint with styles."""
    from engines import checkpoints
    from engines.introspect import reasons as engine
    from engines.introspect.space import Space

    key = (checkpoint, library.digest(checkpoint), seed)
    if key not in _reasons:
        model = checkpoints.load(checkpoint, can="styles")
        space = Space(model.net, 0 if model.card.classes else None)
        with generate.computing:
            norms, sizes = engine.norms(space, list(range(seed, seed + 16))), engine.sizes(space, seed)
        with generate.computing:
            cost = engine.r1_cost(space)
        steer.remember(_reasons, key, (norms, sizes, cost))
    return _reasons[key]


def process(checkpoint: str) -> str:
    """How a checkpoint was trained, from its card."""
    from engines import checkpoints

    card = checkpoints.read_card(checkpoints.locate(checkpoint))
    if "prediction" in card.config:
        return f"one network, predicts {card.config['prediction']} at {card.config['num_timesteps']} noise levels"
    loss = card.recipe.get("adversarial", {}).get("loss", "adversarial")
    return f"two networks against each other, {loss} loss"


def lazily(checkpoint: str) -> dict[str, Any]:
    """How a checkpoint's training was regularised, from its card; the usual intervals where the card has none."""
    from engines import checkpoints
    from engines.training.config import Adversarial

    usual, there = Adversarial(), checkpoints.load(checkpoint).card.recipe.get("adversarial", {})
    names = ("r1_gamma", "r1_every", "path_weight", "path_every")
    return {name: there.get(name, getattr(usual, name)) for name in names}


def _one(name: str, seed: int, number: int, steps: int) -> Iterator[Measured | None]:
    from engines import checkpoints
    from engines.sampling import draw

    key = _key(name, seed, number, steps)
    if key in _known:
        yield _known[key]
        return
    model = checkpoints.load(name, can="sample")
    chain = {"sampler": "dpmpp", "steps": steps} if "trajectory" in model.can else {}
    for _ in steer.turns(draw(model, [seed], **(chain and chain | {"steps": 1}))):
        yield None  # the first pass of a network is slower than any other
    spent, drawn = 0.0, None
    way = draw(model, range(seed, seed + number), **chain)
    while True:
        with generate.computing:
            began = time.perf_counter()
            step = next(way, None)
            spent += time.perf_counter() - began
        if step is None:
            break
        drawn = step
        yield None
    judge = getattr(model.net, "discriminator", None)
    drawing = checkpoints.parameters(model.net.generator if judge is not None else model.net)
    judging = 0 if judge is None else checkpoints.parameters(judge)
    found = Measured(name, spent / number, drawn.pictures, steps if chain else 1, drawing, judging)
    steer.remember(_known, key, found)
    yield found


def _stability(run: str, lines: list[dict[str, Any]]) -> Stability | None:
    losses = {}
    for name in ("loss", "loss_d", "loss_g"):
        rows = [(line["images"], line[name]) for line in lines if name in line]
        if len(rows) >= 4:
            losses[name] = np.array(rows, float)
    if not losses:
        return None
    late = {name: rows[len(rows) // 2 :, 1] for name, rows in losses.items()}
    wobble = {name: float(values.std() / np.abs(values).mean()) for name, values in late.items()}
    return Stability(run, losses, wobble, int(max(line.get("skipped", 0) for line in lines)))


def _key(name: str, seed: int, number: int, steps: int) -> tuple[Any, ...]:
    return (name, library.digest(name), seed, number, steps if "trajectory" in library.find(name).can else 1)
