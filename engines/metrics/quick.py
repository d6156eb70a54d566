"""Scores against one reference that stays in memory: how a run watches itself and picks its best state."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engines.metrics.evaluate import FEATURES, measure, metrics_of
from engines.metrics.features import Features, extract, join
from engines.metrics.scores import Score

KEYS = {"kd": "KD-lite0", "fd": "FD-lite0", "cats": "cat share", "diversity": "diversity"}  # a log's short names


class Quick:
    """All metrics of samples against `reference`, uint8 `(N, H, W, 3)`, whose features are computed at first use."""

    def __init__(self, reference: np.ndarray) -> None:
        self._pictures = reference
        self._known: dict[str, Features] = {}

    def score(self, samples: np.ndarray) -> dict[str, float]:
        """The numbers for a log: `kd` with its interval `kd_low`, `kd_high`, `fd`, `cats`, `diversity`; by lite0.

        `samples` are uint8 `(N, H, W, 3)`.
        """
        found = {score.name: score for score in self._measure(samples, "", 0, "lite0")}
        kd = found[KEYS["kd"]]
        return {key: found[name].value for key, name in KEYS.items()} | {"kd_low": kd.low, "kd_high": kd.high}

    def scores(
        self, samples: np.ndarray, *, seed: int, reference: str, networks: Sequence[str] = FEATURES
    ) -> list[dict[str, Any]]:
        """The same numbers in full by each network, as `scores.json` holds them.

        `seed` is the first sample's, `reference` a name.
        """
        return [score.to_dict() for network in networks for score in self._measure(samples, reference, seed, network)]

    def _reference(self, network: str) -> Features:
        if network not in self._known:
            self._known[network] = join(list(extract(self._pictures, network)))
        return self._known[network]

    def _measure(self, samples: np.ndarray, name: str, seed: int, network: str) -> list[Score]:
        if samples.shape[1:] != self._pictures.shape[1:]:
            raise ValueError(
                f"Samples are {samples.shape[1:]}, the reference is {self._pictures.shape[1:]}; make them equal."
            )
        features, reference = join(list(extract(samples, network))), self._reference(network)
        return [measure(metric, features, reference, name, seed) for metric in metrics_of(network)]
