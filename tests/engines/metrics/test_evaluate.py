from collections.abc import Iterator

import numpy as np
import pytest

from engines.metrics import evaluate as evaluation
from engines.metrics.diversity import diversity
from engines.metrics.evaluate import METRICS, Progress, draw, evaluate, measure, metrics_of
from engines.metrics.features import Features, join
from engines.metrics.frechet import fd
from engines.metrics.kernel import kd
from engines.metrics.quick import Quick

RNG = np.random.default_rng(0)
REFERENCE = RNG.integers(0, 256, (12, 4, 4, 3), np.uint8)
PICTURES = RNG.integers(0, 128, (9, 4, 4, 3), np.uint8)


def features(pictures: np.ndarray, network: str = "lite0") -> Features:
    """Means of the channels, other ones to lite1; bright pictures are cats."""
    pool = pictures.reshape(len(pictures), -1, 3).mean(1, dtype=np.float32) / 255
    pool = pool**2 if network == "lite1" else pool
    return Features(pool, np.eye(1000, dtype=np.float32)[np.where(pool.mean(1) > 0.4, 281, 0)], network)


@pytest.fixture(autouse=True)
def simple_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def extract(pictures: np.ndarray | Iterator[np.ndarray], network: str) -> Iterator[Features]:
        return (features(part, network) for part in ([pictures] if isinstance(pictures, np.ndarray) else pictures))

    for module in ("evaluate.extract", "evaluate.remembered", "quick.extract"):
        monkeypatch.setattr(f"engines.metrics.{module}", extract)


def last(steps: Iterator[Progress]) -> Progress:
    *_, step = steps
    return step


def test_scores_are_those_of_the_features_and_say_what_was_compared() -> None:
    scores = {s.name: s for s in last(evaluate(PICTURES, REFERENCE, name="noise", seed=5)).scores}
    a, b = features(PICTURES), features(REFERENCE)
    assert list(scores) == ["KD-lite0", "FD-lite0", "cat share", "diversity"]
    assert scores["FD-lite0"].value == fd(a.pool, b.pool)
    expected = kd(a.pool, b.pool, seed=5)
    assert (scores["KD-lite0"].value, scores["KD-lite0"].low) == (expected.value, expected.low)
    assert scores["cat share"].value == 0
    assert scores["diversity"].value == diversity(a.pool, b.pool, seed=5).value
    assert all((s.n, s.n_reference, s.seed, s.reference) == (9, 12, 5, "noise") for s in scores.values())


def test_a_second_network_gives_its_own_numbers_under_its_own_names() -> None:
    scores = {s.name: s for s in last(evaluate(PICTURES, REFERENCE, name="noise", features="lite1")).scores}
    a, b = features(PICTURES, "lite1"), features(REFERENCE, "lite1")
    assert list(scores) == ["KD-lite1", "FD-lite1", "cat share, lite1", "diversity, lite1"]
    assert scores["KD-lite1"].value == kd(a.pool, b.pool).value
    assert scores["KD-lite1"].value != kd(features(PICTURES).pool, features(REFERENCE).pool).value
    assert {s.features for s in scores.values()} == {"EfficientNet-Lite1, 128 px bilinear, [-1, 1]"}


def test_features_of_two_networks_are_never_compared() -> None:
    for a, b in (("lite0", "lite1"), ("lite1", "lite0"), ("lite1", "lite1")):
        with pytest.raises(ValueError, match=f"needs features of lite0; got {a} and {b}"):
            measure("KD-lite0", features(PICTURES, a), features(REFERENCE, b), "noise", 0)
    with pytest.raises(ValueError, match="values to unpack"):
        join([features(PICTURES), features(PICTURES, "lite1")])


def test_progress_counts_up_to_its_total_and_only_the_last_step_has_scores() -> None:
    steps = list(evaluate((PICTURES[i : i + 3] for i in (0, 3, 6)), REFERENCE, name="noise", n=9))
    assert [s.done for s in steps[:4]] == [12, 15, 18, 21]
    assert {s.total for s in steps} == {21}
    assert [bool(s.scores) for s in steps] == [False] * (len(steps) - 1) + [True]


def test_of_a_sampler_the_first_n_are_read_and_no_batch_more() -> None:
    asked = []

    def batches() -> Iterator[np.ndarray]:
        for i in (0, 3, 6):
            asked.append(i)
            yield PICTURES[i : i + 3]

    streamed = last(evaluate(batches(), REFERENCE, name="noise", n=5)).scores
    assert asked == [0, 3]
    assert streamed == last(evaluate(PICTURES[:5], REFERENCE, name="noise")).scores


def test_n_pictures_are_drawn_by_seed_without_repeats() -> None:
    numbered = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    chosen = draw(numbered, 10, seed=1).ravel()
    assert len(set(chosen)) == 10
    assert np.array_equal(chosen, draw(numbered, 10, seed=1).ravel())
    assert not np.array_equal(chosen, draw(numbered, 10, seed=2).ravel())
    assert np.array_equal(draw(numbered, 500, seed=1), numbered)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": "inception"}, "only lite0"),
        ({"metrics": ["FID"]}, "allowed: KD-lite0"),
        ({"metrics": ["KD-lite0"], "features": "lite1"}, "allowed: KD-lite1"),
        ({"n": 1}, "at least 2"),
        ({"reference": REFERENCE[:1]}, "noise has 1 pictures"),
        ({"reference": REFERENCE.astype(np.float32)}, "must be uint8"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(**{"pictures": PICTURES, "reference": REFERENCE, "name": "noise"} | change)


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (RNG.integers(0, 256, (9, 8, 4, 3), np.uint8), "4×8 and the reference is 4×4"),
        (PICTURES[:1], "Got 1"),
        ([], "Got 0"),
    ],
)
def test_pictures_that_cannot_be_compared_are_refused(pictures: np.ndarray | list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        last(evaluate(pictures, REFERENCE, name="noise"))


def test_a_run_sees_the_same_numbers() -> None:
    quick = Quick(REFERENCE)
    full = [
        *last(evaluation.evaluate(PICTURES, REFERENCE, name="noise", seed=0)).scores,
        *last(evaluation.evaluate(PICTURES, REFERENCE, name="noise", seed=0, features="lite1")).scores,
    ]
    by_name = {s.name: s for s in full}
    logged = quick.score(PICTURES)
    names = metrics_of("lite0")
    assert [logged[key] for key in ("kd", "fd", "cats", "diversity")] == [by_name[name].value for name in names]
    assert (logged["kd_low"], logged["kd_high"]) == (by_name["KD-lite0"].low, by_name["KD-lite0"].high)
    assert quick.scores(PICTURES, seed=0, reference="noise") == [s.to_dict() for s in full]
    assert len(full) == len(METRICS)
    with pytest.raises(ValueError, match="make them equal"):
        quick.score(PICTURES[:, :2])


def test_joined_parts_are_the_whole() -> None:
    a, b = features(PICTURES), join([features(PICTURES[:4]), features(PICTURES[4:])])
    assert np.array_equal(a.pool, b.pool)
    assert np.array_equal(a.top1, b.top1)
    assert len(b) == 9
