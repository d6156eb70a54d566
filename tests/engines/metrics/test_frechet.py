import numpy as np
import pytest

from engines.metrics.frechet import fd, frechet_distance


def test_a_set_is_at_distance_zero_from_itself() -> None:
    x = np.random.default_rng(0).normal(size=(50, 8))
    assert fd(x, x) == pytest.approx(0, abs=1e-9)


def test_fewer_pictures_than_dimensions_still_give_zero() -> None:
    x = np.random.default_rng(0).normal(size=(5, 20)).astype(np.float32)
    assert fd(x, x) == pytest.approx(0, abs=1e-6)


def test_diagonal_gaussians_have_a_closed_form() -> None:
    """Per axis (μ₁ − μ₂)² + (σ₁ − σ₂)²: here 9 + 0 and 0 + 4 and 1 + 1."""
    s1, s2 = np.diag([4.0, 25.0, 1.0]), np.diag([4.0, 9.0, 0.0])
    assert frechet_distance([0, 1, 2], s1, [3, 1, 1], s2) == pytest.approx(15)


def test_it_does_not_depend_on_the_axes_or_on_the_order() -> None:
    rng = np.random.default_rng(1)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    s1, s2 = turn @ np.diag([4.0, 25.0, 1.0]) @ turn.T, turn @ np.diag([4.0, 9.0, 0.0]) @ turn.T
    m1, m2 = turn @ [0, 1, 2], turn @ [3, 1, 1]
    assert frechet_distance(m1, s1, m2, s2) == pytest.approx(15)
    assert frechet_distance(m2, s2, m1, s1) == pytest.approx(15)


def test_covariances_that_do_not_commute_agree_with_the_roots_of_their_product() -> None:
    """The trace of (Σ₁Σ₂)^½ is the sum of the roots of the eigenvalues of the plain, unsymmetric product."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(40, 6)), rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6)) + 1
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    overlap = np.sqrt(np.linalg.eigvals(s1 @ s2).real).sum()
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1 + s2) - 2 * overlap
    assert fd(a, b) == pytest.approx(expected)


def test_two_dimensions_agree_with_their_own_closed_form() -> None:
    """For 2×2 matrices Tr(M^½) = √(Tr M + 2 √det M)."""
    s1, s2 = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[5.0, -2.0], [-2.0, 1.0]])
    overlap = np.sqrt(np.trace(s1 @ s2) + 2 * np.sqrt(np.linalg.det(s1 @ s2)))
    assert frechet_distance([0, 0], s1, [0, 0], s2) == pytest.approx(11 - 2 * overlap)
