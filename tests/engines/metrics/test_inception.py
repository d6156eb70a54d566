"""FID where its weights are not: said in words; and the distance with a network that stands in for Inception."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engines.metrics import inception


def channels(x: Tensor) -> Tensor:
    """A network for which the distance is known: the mean of each colour, of 255."""
    return x.float().mean((2, 3))


def even(colours: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(colours[:, None, None].astype(np.uint8), 4, 1), 4, 2)


def test_the_distance_is_frechets_by_hand() -> None:
    """Features with independent values: |μ₁ − μ₂|² + Σ (σ₁ − σ₂)², σ with N − 1."""
    a = even(np.array([[0, 10, 20], [8, 10, 20]]).repeat(20, 0))
    b = even(np.array([[100, 10, 23], [120, 10, 23]]).repeat(20, 0))
    *before, (done, score) = inception.fid(channels, a, b, "b", 3)
    assert [count for count, _ in before] == [16, 32, 40, 56, 72, 80]
    assert done == 80
    spread = np.sqrt(40 / 39)
    assert score.value == pytest.approx((110 - 4) ** 2 + 3**2 + (10 * spread - 4 * spread) ** 2, rel=1e-6)
    assert (score.name, score.n, score.n_reference, score.low, score.seed) == ("FID", 40, 40, None, 3)


def test_features_do_not_depend_on_the_batches() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (inception.BATCH + 5, 4, 4, 3), np.uint8)
    found = np.concatenate(list(inception.features(channels, pictures)))
    np.testing.assert_allclose(found, pictures.mean((1, 2)), rtol=1e-5)


def test_without_the_weights_there_is_no_network(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(home / "hub"))
    assert inception.weights() is None
    assert inception.network() is None
    (home / "models").mkdir()
    (home / "models" / inception.WEIGHTS).write_bytes(b"not weights")
    assert inception.weights() == home / "models" / inception.WEIGHTS
    assert inception.WEIGHTS in inception.INSTALL


def test_damaged_weights_are_said_in_words(home: Path) -> None:
    pytest.importorskip("torch_fidelity", reason="torch-fidelity is not installed")
    (home / "models").mkdir()
    (home / "models" / inception.WEIGHTS).write_bytes(b"not weights")
    with pytest.raises(ValueError, match="cannot be used"):
        inception.network()
