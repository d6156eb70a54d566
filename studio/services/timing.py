"""When a film shows which frame: its rate, its order, how time is eased, and how long the end stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

ORDERS = {"loop": "again and again", "ping-pong": "forth and back", "once": "once"}
RATES = (1, 30)  # frames a second
HOLDS = (0.0, 10.0)  # seconds

Curve = Callable[[np.ndarray], np.ndarray]


def _smooth(u: np.ndarray) -> np.ndarray:
    return u * u * (3 - 2 * u)


def _smooth_inverse(y: np.ndarray) -> np.ndarray:
    return 0.5 - np.sin(np.arcsin(1 - 2 * y) / 3)  # the one root in [0, 1] of 3 u² − 2 u³ = y


# Where things stand after the share u of the time, and the share of the time after which they stand there.
EASINGS: dict[str, tuple[Curve, Curve]] = {
    "even": (lambda u: u, lambda y: y),
    "smooth": (_smooth, _smooth_inverse),
    "slow start": (lambda u: u**2, lambda y: np.sqrt(y)),
    "slow end": (lambda u: 1 - (1 - u) ** 2, lambda y: 1 - np.sqrt(1 - y)),
}


@dataclass(frozen=True)
class Timing:
    """`fps` frames a second on average, in one of `ORDERS`, eased by one of `EASINGS`; the last stands `hold` s more.

    Easing drops no frame: it shows some for longer than others. Raises ValueError for what is not allowed.
    """

    fps: float = 12
    order: str = "loop"
    easing: str = "even"
    hold: float = 1.5

    def __post_init__(self) -> None:
        for name, value, allowed in (("order", self.order, ORDERS), ("easing", self.easing, EASINGS)):
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}.")
        for name, value, (low, high) in (("fps", self.fps, RATES), ("hold", self.hold, HOLDS)):
            if not low <= value <= high:
                raise ValueError(f"{name} is {value:g}; allowed: {low:g} to {high:g}.")

    @property
    def loops(self) -> bool:
        """Whether a player starts again at the end."""
        return self.order != "once"

    def shots(self, frames: int) -> tuple[np.ndarray, np.ndarray]:
        """Which frame is shown, `(N,)`, and for how many seconds, `(N,)`, of a film of so many frames."""
        if frames < 1:
            raise ValueError("A film needs at least one frame.")
        inverse = EASINGS[self.easing][1]
        seconds = np.diff(inverse(np.linspace(0, 1, frames + 1))) * frames / self.fps
        seconds[-1] += self.hold
        index = np.arange(frames)
        if self.order == "ping-pong":
            index = np.concatenate([index, index[-2:0:-1]])
        return index, seconds[index]


def ticks(seconds: Sequence[float] | np.ndarray, rate: float, least: int = 1) -> np.ndarray:
    """Durations in whole ticks of a clock with `rate` ticks a second, none below `least`, whose sum stays true."""
    ends = np.rint(np.cumsum(seconds) * rate).astype(int)
    found, before = [], 0
    for end in ends.tolist():
        found.append(max(end - before, least))
        before += found[-1]
    return np.array(found, dtype=int)
