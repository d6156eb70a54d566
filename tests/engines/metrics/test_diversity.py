import warnings

import numpy as np
import pytest

from engines.metrics import diversity as module
from engines.metrics.diversity import diversity, estimate
from engines.metrics.features import Features


def test_by_hand() -> None:
    """Distances 3, 4, 5 have the mean 4; the reference's only one is 8."""
    triangle = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    assert diversity(triangle, np.array([[0.0, 0.0], [0.0, 8.0]]), resamples=0).value == pytest.approx(0.5)


def test_agrees_with_a_loop_over_pairs_however_the_rows_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 5)), 3 * rng.normal(size=(41, 5)) + 100
    means = [np.mean([np.linalg.norm(a - b) for i, a in enumerate(z) for b in z[:i]]) for z in (x, y)]
    whole = diversity(x, y, seed=1)
    assert whole.value == pytest.approx(means[0] / means[1])
    monkeypatch.setattr(module, "_BLOCK", 7)
    parts = diversity(x, y, seed=1)
    assert (parts.value, parts.low, parts.high) == pytest.approx((whole.value, whole.low, whole.high))


def test_one_picture_again_and_again_has_none() -> None:
    """The reference's own scale and offset do not matter."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=(50, 8)).astype(np.float32)
    collapsed = diversity(np.repeat(y[:1], 40, 0), y)
    assert (collapsed.value, collapsed.low, collapsed.high) == pytest.approx((0, 0, 0), abs=1e-6)
    assert diversity(y, y).value == 1
    assert diversity(0.25 * y + 5, y).value == pytest.approx(0.25)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Features that scatter half as far: 0.5, whatever the number of dimensions."""
    rng = np.random.default_rng(2)
    found = [diversity(0.5 * rng.normal(size=(40, 6)), rng.normal(size=(60, 6)), seed) for seed in range(100)]
    assert 88 <= sum(e.low <= 0.5 <= e.high for e in found) <= 99
    widths = np.mean([e.high - e.low for e in found])
    assert widths == pytest.approx(4 * np.std([e.value for e in found]), rel=0.35)


def test_the_seed_fixes_the_interval_and_leaves_the_value() -> None:
    rng = np.random.default_rng(3)
    x = Features(rng.normal(size=(20, 3)), np.zeros((20, 1)))
    y = Features(rng.normal(size=(20, 3)), np.zeros((20, 1)))
    assert estimate(x, y, 1) == estimate(x, y, 1)
    assert estimate(x, y, 1).low != estimate(x, y, 2).low
    assert estimate(x, y, 1).value == estimate(x, y, 2).value


def test_tiny_sets_warn_of_nothing_and_what_has_no_pairs_is_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(diversity(np.eye(2), np.eye(2) + 1).low)
    with pytest.raises(ValueError, match="2 or more"):
        diversity(np.eye(2), np.eye(2)[:1])
    with pytest.raises(ValueError, match="reference are equal"):
        diversity(np.eye(2), np.ones((5, 2)))
