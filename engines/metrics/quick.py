"""Scores against one reference that stays in memory: how a run watches itself and picks its best state."""

from functools import cached_property
from typing import Any

import numpy as np

from engines.metrics.evaluate import METRICS, measure
from engines.metrics.features import Features, extract, join
from engines.metrics.scores import Score

KEYS = {"kd": "KD-lite0", "fd": "FD-lite0", "cats": "cat share"}  # a log's short names


class Quick:
    """All metrics of samples against `reference`, uint8 `(N, H, W, 3)`, whose features are computed at first use."""

    def __init__(self, reference: np.ndarray) -> None:
        self._pictures = reference

    @cached_property
    def _reference(self) -> Features:
        return join(list(extract(self._pictures)))

    def score(self, samples: np.ndarray) -> dict[str, float]:
        """The numbers for a log: `kd`, its interval `kd_low` and `kd_high`, `fd` and `cats` of uint8 `(N, H, W, 3)`."""
        found = {score.name: score for score in self._measure(samples, "", 0)}
        kd = found[KEYS["kd"]]
        return {key: found[name].value for key, name in KEYS.items()} | {"kd_low": kd.low, "kd_high": kd.high}

    def scores(self, samples: np.ndarray, *, seed: int, reference: str) -> list[dict[str, Any]]:
        """The same numbers in full, as `scores.json` holds them; `seed` is the first sample's, `reference` a name."""
        return [score.to_dict() for score in self._measure(samples, reference, seed)]

    def _measure(self, samples: np.ndarray, name: str, seed: int) -> list[Score]:
        if samples.shape[1:] != self._pictures.shape[1:]:
            raise ValueError(
                f"Samples are {samples.shape[1:]}, the reference is {self._pictures.shape[1:]}; make them equal."
            )
        features = join(list(extract(samples)))
        return [measure(metric, features, self._reference, name, seed) for metric in METRICS]
