"""Paths in numbers: what each row's film is worth, remembered while it is looked at, and its re-timing."""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.services import cats, generate, store
from studio.services.fuse import POINTS, Ask, Film

REMEMBERED = 64
FOLDER, LIMIT = "paths", 32 * 2**20  # bytes
_measured: OrderedDict[str, "Numbers"] = OrderedDict()


@dataclass(frozen=True)
class Numbers:
    """A film in numbers: `(F,)` each, `speed` `(F − 1,)`, as in the engine's `Measures`; `jumps` are places in `speed`.

    `to_a` is the distance to the cat before, `to_b` to the next one. `psnr` is that of the first cat and of the last.
    """

    speed: np.ndarray
    jumps: np.ndarray
    to_a: np.ndarray
    to_b: np.ndarray
    balance: np.ndarray
    detail: np.ndarray
    cat: np.ndarray
    apart: float
    psnr: tuple[float, float]
    verdicts: tuple[str, ...]


def measured(ask: Ask, film: Film) -> Numbers:
    """The numbers of a film; those of the same pictures are kept."""
    drawn = hashlib.blake2b(film.pictures.tobytes() + film.lam.tobytes(), digest_size=16).hexdigest()
    key = hashlib.sha256(json.dumps([drawn, ask.recipe.weights, str(ask.legs)]).encode()).hexdigest()[:24]
    if key not in _measured:
        there = store.read(FOLDER, key) or {}
        found = _read(there) if set(there) == set(Numbers.__dataclass_fields__) else _measure(ask, film)
        if not there:
            store.write(FOLDER, key, vars(found), LIMIT)
        _measured[key] = found
    _measured.move_to_end(key)
    while len(_measured) > REMEMBERED:
        _measured.popitem(last=False)
    return _measured[key]


def _measure(ask: Ask, film: Film) -> Numbers:
    from engines.fusion.measures import measure

    size, found = film.pictures.shape[1], []
    for leg, (a, b) in enumerate(ask.legs):
        frames = slice(leg * POINTS, (leg + 1) * POINTS + 1)
        lam = film.lam[frames].copy()
        if leg + 1 < len(ask.legs):
            lam[-1] = 1  # the last frame of a leg is the first of the next one
        pictures = [cats.picture(cat, size, ask.recipe.checkpoint) for cat in (a, b)]
        with generate.computing:
            found.append(measure(lam, film.pictures[frames], *pictures))
    return _joined(found)


def _read(there: dict[str, np.ndarray]) -> Numbers:
    plain = {"apart": float(there["apart"]), "psnr": tuple(there["psnr"].tolist())}
    return Numbers(**there | plain | {"verdicts": tuple(there["verdicts"].tolist())})


def constant(ask: Ask, numbers: Numbers) -> np.ndarray:
    """The λ, `(F,)`, at which the frames of a film would move equally far, leg by leg."""
    from engines.fusion.measures import retimed

    lams = []
    for leg in range(len(ask.legs)):
        frames = slice(leg * POINTS, (leg + 1) * POINTS + 1)
        lam = np.arange(POINTS + 1) / POINTS
        lams.append(retimed(lam, numbers.speed[frames.start : frames.stop - 1], POINTS + 1)[:-1])
    return np.concatenate([*lams, [1.0]])


def _joined(found: list[Any]) -> Numbers:
    def frames(name: str) -> np.ndarray:
        return np.concatenate([*(getattr(each, name)[:-1] for each in found), getattr(found[-1], name)[-1:]])

    verdicts = [each.verdict(i) for each in found for i in range(len(each.lam) - 1)]
    return Numbers(
        speed=np.concatenate([each.speed for each in found]),
        jumps=np.concatenate([each.jumps + leg * POINTS for leg, each in enumerate(found)]).astype(int),
        **{name: frames(name) for name in ("to_a", "to_b", "balance", "detail", "cat")},
        apart=found[0].apart,
        psnr=(found[0].psnr_a, found[-1].psnr_b),
        verdicts=(*verdicts, found[-1].verdict(len(found[-1].lam) - 1)),
    )
