import warnings

import numpy as np
import pytest

from engines.metrics import kernel
from engines.metrics.kernel import kd


def test_kernel_by_hand() -> None:
    """(1·3 + 2·1)/2 + 1 = 3.5, cubed."""
    assert kernel.kernel(np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])).item() == pytest.approx(42.875)


def test_two_against_two_by_hand() -> None:
    """x = {0, 1}, y = {1, 2}: within x k(0,1) = 1; within y k(1,2) = 27; between the mean of 1, 1, 8, 27 = 9.25."""
    assert kd(np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]]), resamples=0).value == pytest.approx(1 + 27 - 2 * 9.25)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 4)), rng.normal(size=(37, 4))
    whole = kd(x, y, seed=3)
    monkeypatch.setattr(kernel, "_BLOCK", 7)
    parts = kd(x, y, seed=3)
    assert (parts.value, parts.low, parts.high) == pytest.approx((whole.value, whole.low, whole.high))


def test_the_estimate_is_unbiased() -> None:
    """In one dimension MMD² = 3 Δm₁² + 3 Δm₂² + Δm₃² for moments that differ by Δm; of N(0,1), N(½,1): 3.578125."""
    rng = np.random.default_rng(1)
    found = [kd(rng.normal(size=(20, 1)), rng.normal(0.5, 1, size=(20, 1)), resamples=0).value for _ in range(4000)]
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(3.578125, abs=4 * error)
    assert error < 0.2  # so that a biased estimate, off by 2/20 of E k(x, x) ≈ 28, would fail


def test_equal_distributions_give_zero_on_average() -> None:
    rng = np.random.default_rng(2)
    found = [kd(rng.normal(size=(30, 5)), rng.normal(size=(40, 5)), resamples=0).value for _ in range(500)]
    assert np.mean(found) == pytest.approx(0, abs=4 * np.std(found) / np.sqrt(500))
    assert min(found) < 0


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """A shift in 16 dimensions; the truth from 3,000 pictures a side."""
    rng = np.random.default_rng(3)
    truth = kd(rng.normal(size=(3000, 16)), rng.normal(0.5, 1, size=(3000, 16)), resamples=0).value
    found = [kd(rng.normal(size=(60, 16)), rng.normal(0.5, 1, size=(60, 16)), seed) for seed in range(100)]
    assert 88 <= sum(e.low <= truth <= e.high for e in found) <= 100
    widths = np.mean([e.high - e.low for e in found])
    assert widths == pytest.approx(4 * np.std([e.value for e in found]), rel=0.35)


def test_the_seed_fixes_the_interval_and_leaves_the_value() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 3))
    assert kd(x, y, seed=1) == kd(x, y, seed=1)
    assert kd(x, y, seed=1).low != kd(x, y, seed=2).low
    assert kd(x, y, seed=1).value == kd(x, y, seed=2).value


def test_tiny_sets_warn_of_nothing_and_single_pictures_are_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(kd(np.eye(2), np.eye(2) + 1).low)
    with pytest.raises(ValueError, match="2 or more"):
        kd(np.eye(2)[:1], np.eye(2))
