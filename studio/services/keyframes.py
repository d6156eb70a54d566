"""Key frames: what stands when, as a page edits them and as one word of an address; and the frames between them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from studio.recipe import LARGEST_SEED
from studio.services.timing import EASINGS

MOST_KEYS = 8
MOST_FRAMES = 240
LONGEST = 60.0  # seconds
RATES = (1, 30)  # frames a second
STEP = 0.25  # seconds, the least between two key frames
# The columns a time line may have: their letter in an address, the least and the most, and what stands there unsaid.
COLUMNS = {
    "seed": ("s", 0, LARGEST_SEED, 0),
    "label": ("c", -1, 999, -1),
    "psi": ("p", -1.0, 1.5, 1.0),
    "lam": ("l", 0.0, 1.0, 0.0),
    "backbone": ("b", 0.0, 2.0, 1.0),
}
FADERS = (0.0, 2.0)


@dataclass(frozen=True)
class Key:
    """What stands at second `at`: a seed, a class by number (−1: any), ψ, λ, and the faders of backbone and skips.

    `levels` are the skips' faders by the side of their level in px; 1 for those that are not named.
    """

    at: float
    seed: int = 0
    label: int = -1
    psi: float = 1.0
    lam: float = 0.0
    backbone: float = 1.0
    levels: tuple[tuple[int, float], ...] = ()


def read(text: str, columns: Sequence[str]) -> tuple[Key, ...]:
    """Key frames from one word, as `write` makes it: "0:s1,2.5:s7:p0.5"; "f16~0.5" is the fader of a level.

    Raises ValueError that says which key frame cannot be, and what is allowed.
    """
    keys = tuple(_key(part, columns) for part in text.split(",")) if text else ()
    return check(keys)


def write(keys: Sequence[Key], columns: Sequence[str]) -> str:
    """Key frames as one word, without what stands there unsaid."""
    words = []
    for key in keys:
        parts = [f"{key.at:g}"]
        for name in columns:
            if name == "levels":
                parts += [f"f{side}~{factor:g}" for side, factor in key.levels if factor != 1]
            elif (value := getattr(key, name)) != COLUMNS[name][3] or name == "seed":
                parts.append(COLUMNS[name][0] + (str(value) if isinstance(value, int) else f"{value:g}"))
        words.append(":".join(parts))
    return ",".join(words)


def check(keys: Sequence[Key]) -> tuple[Key, ...]:
    """The key frames in the order of their times; ValueError for times that cannot be, or too many key frames."""
    if len(keys) > MOST_KEYS:
        raise ValueError(f"{len(keys)} key frames; at most {MOST_KEYS} are allowed.")
    ordered = tuple(sorted(keys, key=lambda key: key.at))
    for key in ordered:
        if not 0 <= key.at <= LONGEST:
            raise ValueError(f"A key frame is at {key.at:g} s; allowed: 0 to {LONGEST:g} s.")
    for before, after in pairwise(ordered):
        if after.at - before.at < STEP:
            raise ValueError(f"Two key frames are at {before.at:g} and {after.at:g} s; keep them {STEP:g} s apart.")
    return ordered


def frames(keys: Sequence[Key], fps: int, easing: str, closed: bool = False) -> np.ndarray:
    """Where each frame of a film stands, `(F,)`: 0 at the first key frame, 1 at the second, and so on.

    `easing` is one of `EASINGS`, from each key frame to the next. A `closed` film goes back to the first, as long as it
    went from one to the next on average, and ends a frame before it is there; K key frames are K + 1 then, see
    `around`. Raises ValueError for more than MOST_FRAMES frames.
    """
    if easing not in EASINGS:
        raise ValueError(f"easing is {easing!r}; allowed: {', '.join(EASINGS)}.")
    if not RATES[0] <= fps <= RATES[1]:
        raise ValueError(f"{fps} frames a second; allowed: {RATES[0]} to {RATES[1]}.")
    times = np.array([key.at for key in (around(keys) if closed else keys)])
    if len(times) < 2:
        return np.zeros(len(times))
    count = round(float(times[-1] - times[0]) * fps) + 1
    if count - closed > MOST_FRAMES:
        raise ValueError(f"{count - closed} frames; at most {MOST_FRAMES} are allowed. Take fewer seconds or frames.")
    place = np.interp(times[0] + np.arange(count) / fps, times, np.arange(len(times)))
    whole = np.minimum(np.floor(place + 1e-9), len(times) - 2)
    eased = whole + EASINGS[easing][0](np.clip(place - whole, 0, 1))
    return eased[:-1] if closed else eased


def around(keys: Sequence[Key]) -> tuple[Key, ...]:
    """The key frames, and the first one again at the end."""
    if len(keys) < 2:
        return tuple(keys)
    leg = (keys[-1].at - keys[0].at) / (len(keys) - 1)
    return (*keys, replace(keys[0], at=keys[-1].at + leg))


def nearest(places: np.ndarray, keys: int) -> list[int]:
    """The frame nearest to each key frame."""
    return [int(np.abs(places - k).argmin()) for k in range(keys)] if len(places) else []


def mixed(keys: Sequence[Key], places: np.ndarray, column: str) -> np.ndarray:
    """A column's values at places, straight from one key frame to the next."""
    return np.interp(places, np.arange(len(keys)), [getattr(key, column) for key in keys])


def _key(text: str, columns: Sequence[str]) -> Key:
    first, *rest = text.split(":")
    letters = {COLUMNS[name][0]: name for name in columns if name != "levels"}
    values, levels = {"at": _number(first, text, float)}, {}
    for part in rest:
        if "levels" in columns and (found := re.fullmatch(r"f(\d{1,4})~(.+)", part)):
            levels[int(found[1])] = _within(_number(found[2], text, float), *FADERS, text)
        elif part[:1] in letters:
            name = letters[part[0]]
            _, low, high, default = COLUMNS[name]
            values[name] = _within(_number(part[1:], text, type(default)), low, high, text)
        else:
            allowed = ", ".join(f"{letter} ({name})" for letter, name in letters.items())
            raise ValueError(f"A key frame is {text[:40]!r}; after the time allowed: {allowed}.")
    return Key(**values, levels=tuple(sorted(levels.items(), reverse=True)))


def _number(text: str, key: str, kind: type) -> float:
    try:
        return kind(text)
    except ValueError as error:
        raise ValueError(f"A key frame is {key[:40]!r}; {text[:20]!r} is not a number.") from error


def _within(value: float, low: float, high: float, key: str) -> float:
    if not low <= value <= high:
        raise ValueError(f"A key frame is {key[:40]!r}; {value:g} is not within {low:g} to {high:g}.")
    return value
