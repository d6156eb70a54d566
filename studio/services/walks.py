"""Films through key frames, made a few pictures at a time and remembered as far as they came."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.recipe import PASS, Recipe
from studio.services import gan, inside, keyframes, library, skips
from studio.services.gan import Look
from studio.services.keyframes import Key

REMEMBERED = 8
_known: OrderedDict[str, "Walk"] = OrderedDict()


@dataclass(frozen=True)
class Ask:
    """What is walked: `look` says model, sampler, cutoff and noise; `keys` what stands when. `closed` leads back."""

    look: Look
    keys: tuple[Key, ...]
    fps: int = 12
    easing: str = "even"
    closed: bool = False

    @property
    def recipe(self) -> Recipe:
        """The recipe whose seed is the first key frame's."""
        return self.look.recipe

    @property
    def places(self) -> np.ndarray:
        """Where each frame stands, `(F,)`."""
        return keyframes.frames(self.keys, self.fps, self.easing, self.closed)

    @property
    def stops(self) -> tuple[Key, ...]:
        """The key frames that are walked through."""
        return keyframes.around(self.keys) if self.closed else self.keys

    @property
    def name(self) -> str:
        """A name for all of it."""
        word = keyframes.write(self.keys, (*keyframes.COLUMNS, "levels"))
        what = (*self.look.key, word, self.fps, self.easing, self.closed)
        return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Walk:
    """The frames of a walk so far, uint8 `(F, H, W, 3)` of `planned` ones, after `done` of `total` steps."""

    done: int
    total: int
    planned: int
    frames: np.ndarray

    @property
    def finished(self) -> bool:
        """Whether all frames are there."""
        return len(self.frames) == self.planned


def columns(checkpoint: str) -> tuple[str, ...]:
    """What a key frame of a checkpoint may say."""
    entry = library.find(checkpoint)
    classes = ("label",) if entry.classes else ()
    if "trajectory" in entry.can:
        return ("seed", *classes, *(("backbone", "levels") if skips.sides(Recipe(checkpoint)) else ()))
    return ("seed", *classes, *(() if gan.steered_by(checkpoint) == "direction" else ("psi",)))


def walk(ask: Ask) -> Iterator[Walk]:
    """Yield the walk after every step; what is there of it is not made again."""
    found = known(ask) or Walk(0, 0, len(ask.places), np.zeros((0, 1, 1, 3), np.uint8))
    if found.finished:
        yield found
        return
    start, there = len(found.frames), list(found.frames)
    for step in inside.turns(_steps(ask, ask.places[start:])):
        if step.ready:
            there += list(step.pictures)
            found = Walk(step.done, step.total, len(ask.places), np.stack(there))
            _remember(ask.name, found)
        yield Walk(step.done, step.total, len(ask.places), found.frames)


def steps(ask: Ask) -> int:
    """How many results `walk` yields."""
    from engines.fusion.walks import batches

    found = known(ask)
    if found is not None and found.finished:
        return 1
    left = ask.places[0 if found is None else len(found.frames) :]
    return len(batches(len(ask.stops), left)) * (1 if ask.recipe.sampler == PASS else ask.recipe.steps + 1)


def labels(ask: Ask) -> list[str]:
    """A line for each frame: from which seed to which, how far, and what else is moved."""
    stops, classes = ask.stops, library.find(ask.recipe.checkpoint).classes
    names = [*classes, "any class"]  # −1 is the last
    lines = []
    for place in ask.places.tolist():
        a = min(int(place), max(len(stops) - 2, 0))
        share, pair = place - a, (stops[a], stops[min(a + 1, len(stops) - 1)])
        parts = [_turn("seed ", [str(key.seed) for key in pair], share)]
        if classes and any(key.label >= 0 for key in stops):
            parts.append(_turn("", [names[key.label] for key in pair], share))
        parts += [f"ψ {_value(pair, share, 'psi')}"] if any(key.psi != 1 for key in stops) else []
        parts += [f"backbone {_value(pair, share, 'backbone')}"] if any(key.backbone != 1 for key in stops) else []
        for side in sorted({side for key in stops for side, _ in key.levels}, reverse=True):
            p, q = (dict(key.levels).get(side, 1.0) for key in pair)
            parts.append(f"skips {side} px {round(p + (q - p) * share, 2):g}")
        lines.append(" · ".join(parts))
    return lines


def _turn(what: str, names: Sequence[str], share: float) -> str:
    """What a frame is between two names."""
    if names[0] == names[1] or share < 0.005:
        return what + names[0]
    return what + (names[1] if share > 0.995 else f"{names[0]} → {names[1]}, {share:.0%}")


def _value(pair: Sequence[Key], share: float, name: str) -> str:
    p, q = (getattr(key, name) for key in pair)
    return f"{round(p + (q - p) * share, 2):g}".replace("-", "−")


def known(ask: Ask) -> Walk | None:
    """What is there of a walk."""
    return _known.get(ask.name)


def _steps(ask: Ask, places: np.ndarray) -> Iterator[Any]:
    from engines.fusion import walks

    if ask.recipe.sampler == PASS:
        net = gan.net(ask.recipe.checkpoint)
        return walks.latents(net, [_key(ask, key) for key in ask.stops], places.tolist(), gan.style(ask.look))
    settings = inside.settings(ask.recipe)
    chosen = {name: settings[name] for name in ("sampler", "steps", "eta")}
    model = gan.net(ask.recipe.checkpoint, "trajectory")
    keys = [_key(ask, key) for key in ask.stops]
    return walks.chains(model, keys, places.tolist(), guidance=ask.recipe.guidance, **chosen)


def _key(ask: Ask, key: Key) -> Any:
    """A key frame as the engine has it: faders by the block that a skip enters. ValueError for an unknown class."""
    from engines.fusion.walks import Key as Stop

    classes = library.find(ask.recipe.checkpoint).classes
    if key.label >= len(classes):
        allowed = ", ".join(f"{i} {name}" for i, name in enumerate(classes)) or "none"
        raise ValueError(f"A key frame is of class {key.label}; {ask.recipe.checkpoint} has: {allowed}.")
    levels, faders = dict(key.levels), {}
    if levels:
        faders = {block.name: levels.get(block.side, 1.0) for block in skips.joints(ask.recipe)}
    return Stop(key.seed, key.label if key.label >= 0 else None, key.psi, key.backbone, faders)


def _remember(key: str, value: Walk) -> None:
    _known[key] = value
    _known.move_to_end(key)
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)
