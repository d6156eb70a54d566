import numpy as np
import pytest

from engines.metrics.cats import cat_share, wilson
from engines.metrics.features import Features


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_published_tables(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert found.value == successes / n
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_exactly_the_seven_cat_classes_count() -> None:
    classes = [280, 281, 282, 283, 284, 285, 286, 287, 288, 0]
    features = Features(np.zeros((10, 1280), np.float32), np.eye(1000, dtype=np.float32)[classes])
    assert cat_share(features).value == 0.7
