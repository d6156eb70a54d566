import numpy as np

from engines.metrics.bootstrap import interval, multiplicities, pairs


def test_the_first_column_is_the_set_itself_and_every_resample_has_as_many_pictures() -> None:
    w = multiplicities(7, 20, np.random.default_rng(0))
    assert w.shape == (7, 21)
    assert (w[:, 0] == 1).all()
    assert (w.sum(0) == 7).all()
    assert w.max() > 1


def test_pairs_leave_out_copies() -> None:
    """Of a, a, b: a with b twice, each way; of a, a, a: none; of a, b, c: six."""
    assert pairs(np.array([[2, 3, 1], [1, 0, 1], [0, 0, 1]])).tolist() == [4, 0, 6]


def test_the_interval_is_the_middle_95_percent_of_what_is_finite() -> None:
    found = interval(np.array([*np.linspace(0, 100, 1001), np.nan, np.inf]))
    assert np.allclose(found, (2.5, 97.5))
    assert interval(np.array([np.nan])) == (None, None)
    assert interval(np.array([])) == (None, None)
