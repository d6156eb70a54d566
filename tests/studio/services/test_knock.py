"""Heads switched off: the same seed again, the damage, the ranking."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.recipe import Recipe
from studio.services import attend, generate, knock

HEAD = ("net.middle.0.attention", 1)


@pytest.fixture(autouse=True)
def fresh(home: Path) -> Iterator[None]:
    yield
    knock._edits.clear()
    knock._ranks.clear()


def chain(recipe: Recipe) -> generate.Chain:
    *_, made = generate.chain(recipe)
    return made


def test_a_factor_of_one_is_the_same_picture() -> None:
    recipe = Recipe("tiny", seed=2, steps=4, label="dog", guidance=2.0, sampler="ddpm")
    made = chain(recipe)
    *_, edited = knock.again(recipe, made, {HEAD: 1.0})
    assert (edited.picture == made.x_t[-1]).all()
    assert (edited.x0 == made.x0).all()
    assert (edited.damage, edited.distance) == (0, pytest.approx(0, abs=1e-9))


def test_a_head_less_is_measured_and_remembered() -> None:
    recipe = Recipe("tiny", seed=2, steps=4)
    made = chain(recipe)
    steps = list(knock.again(recipe, made, {HEAD: 0.0}))
    assert len(steps) == 5
    assert [len(step.x0) for step in steps] == [1, 2, 3, 4, 5]
    last = steps[-1]
    assert last.damage == pytest.approx(np.sqrt(np.mean((last.picture - made.x_t[-1]) ** 2)))
    assert last.damage > 1e-4
    assert last.distance > 0
    assert knock.changed(recipe, {HEAD: 0.0}) is last
    assert knock.changed(recipe, {HEAD: 2.0}) is None
    assert list(knock.again(recipe, made, {HEAD: 0.0})) == [last]


def test_all_heads_are_ranked_as_each_alone_does_damage() -> None:
    recipe = Recipe("tiny", seed=2, steps=4)
    made, layers = chain(recipe), attend.layers("tiny")
    steps = list(knock.rank(recipe, made))
    assert len(steps) == steps[-1].done == steps[-1].total == len(layers) * 5
    assert set(steps[-1].harm) == {(layer.name, head) for layer in layers for head in range(2)}
    assert len(steps[4].harm) == 2  # after the first layer
    *_, alone = knock.again(recipe, made, {HEAD: 0.0})
    assert steps[-1].harm[HEAD] == pytest.approx((alone.damage, alone.distance), rel=1e-2)
    assert knock.ranked(recipe) is steps[-1]


def test_a_ranking_that_was_stopped_is_not_taken_for_a_whole_one() -> None:
    recipe = Recipe("tiny", seed=2, steps=4)
    ranking = knock.rank(recipe, chain(recipe))
    for _ in range(7):
        next(ranking)
    ranking.close()
    assert knock.ranked(recipe) == knock.Ranking(0, 0, {})
