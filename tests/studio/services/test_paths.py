"""A film's numbers: leg by leg, remembered, and the λ of constant speed."""

from pathlib import Path

import numpy as np
import pytest

from engines.fusion.measures import measure
from studio.recipe import Recipe
from studio.services import fuse, generate, paths
from studio.services.cats import Cat
from studio.services.fuse import POINTS, Ask


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    paths._measured.clear()


def blend(*seeds: int) -> tuple[Ask, fuse.Film]:
    question = Ask(generate.complete(Recipe("tiny", 0, "ddpm", 4)), tuple(Cat(seed=seed) for seed in seeds))
    *_, film = fuse.film(question, fuse.rows("tiny")[0])
    return question, film


def test_two_cats_are_measured_as_the_engine_does(home: Path) -> None:
    question, film = blend(1, 2)
    numbers, parents = paths.measured(question, film), fuse.parents(question)
    expected = measure(film.lam, film.pictures, *parents)
    np.testing.assert_allclose(numbers.speed, expected.speed)
    np.testing.assert_allclose(numbers.to_b, expected.to_b)
    assert numbers.psnr == (99, 99)
    assert numbers.verdicts[0] == expected.verdict(0)


def test_of_three_cats_each_leg_counts_from_its_own_first(home: Path) -> None:
    question, film = blend(1, 2, 3)
    numbers = paths.measured(question, film)
    assert len(numbers.to_a) == len(numbers.verdicts) == 2 * POINTS + 1
    assert len(numbers.speed) == 2 * POINTS
    assert numbers.to_a[[0, POINTS]] == pytest.approx(0, abs=1e-6)  # the first cat of each leg
    assert numbers.to_b[-1] == pytest.approx(0, abs=1e-6)


def test_numbers_are_kept_on_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question, film = blend(1, 2)
    numbers = paths.measured(question, film)
    paths._measured.clear()
    monkeypatch.setattr("engines.fusion.measures.measure", None)
    again = paths.measured(question, film)
    assert again.verdicts == numbers.verdicts
    assert again.psnr == numbers.psnr
    np.testing.assert_array_equal(again.detail, numbers.detail)


def test_constant_speed_keeps_the_ends_of_each_leg(home: Path) -> None:
    question, film = blend(1, 2, 3)
    lam = paths.constant(question, paths.measured(question, film))
    assert lam[[0, POINTS, -1]].tolist() == [0, 0, 1]
    assert (np.diff(lam[:POINTS]) > 0).all()
    assert not np.allclose(lam[:POINTS], np.arange(POINTS) / POINTS)
