"""Finished chains on disk, by recipe: any chain ever run is back at once. The least recently used go first."""

from dataclasses import dataclass

import numpy as np

from studio.services import store

FOLDER = "chains"
LIMIT = 512 * 2**20  # bytes: about 150 chains of 20 steps at 64×64


@dataclass(frozen=True)
class Chain:
    """The frames of a chain so far; it is finished when the last `t` is −1.

    `index` `(S,)` counts network steps of `total` in all, `t` `(S,)` falls, `alpha_bar` `(S,)` rises; `x_t`, `x0` and
    `eps` are `(S, H, W, C)`, pictures in [-1, 1]; `schedule` `(T,)` is ᾱ of every step of training.
    `x_t` is float32, so that a fork starts exactly there, the predictions are float16.
    """

    total: int
    index: np.ndarray
    t: np.ndarray
    alpha_bar: np.ndarray
    x_t: np.ndarray
    x0: np.ndarray
    eps: np.ndarray
    schedule: np.ndarray

    @property
    def done(self) -> bool:
        """Whether the picture is finished."""
        return bool(self.t[-1] < 0)

    def __len__(self) -> int:
        return len(self.t)


def read(key: str) -> Chain | None:
    """A kept chain; None if it was never made, was evicted or is damaged."""
    values = store.read(FOLDER, key)
    if values is None or set(values) != set(Chain.__dataclass_fields__):
        return None
    return Chain(**values | {"total": int(values["total"])})


def write(key: str, chain: Chain) -> None:
    """Keep a chain in one move, exactly as it is."""
    store.write(FOLDER, key, vars(chain), LIMIT)
