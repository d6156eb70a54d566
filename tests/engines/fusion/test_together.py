"""Pairs drawn in one pass come out as each does alone."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engines import checkpoints
from engines.families import FAMILIES
from engines.fusion.blend import PIXELS
from engines.fusion.together import together
from engines.fusion.ways import GROUP, Parent, Settings, encoded, walk

WAYS = {**FAMILIES["ddpm"].ways, "blend": PIXELS}


@pytest.fixture(scope="module")
def net(tiny_home: Any) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISKER_HOME", str(tiny_home))
        yield checkpoints.load("tiny").net


@pytest.mark.parametrize("name", WAYS)
def test_each_pair_is_the_same_bit_for_bit_as_alone(name: str, net: Any) -> None:
    way, number = WAYS[name], GROUP + 2
    rng = np.random.default_rng(1)
    settings = [Settings(steps=5, seed=40 + i) for i in range(number)]
    parents = [[Parent(rng.integers(60, 200, (16, 16, 3)).astype(np.uint8)) for _ in range(2)] for _ in settings]
    codes = [
        tuple(list(encoded(way, net, each, own))[-1].code for each in both)
        for both, own in zip(parents, settings, strict=True)
    ]
    steps = list(together(way, net, codes, 0.3, settings))
    assert [step.done for step in steps] == list(range(1, steps[-1].total + 1))
    ready = [step for step in steps if step.ready]
    assert [step.at.tolist() for step in ready] == [list(range(GROUP)), [GROUP, GROUP + 1]]
    found = np.concatenate([step.pictures for step in ready])
    for i in (0, 3, GROUP - 1, GROUP, GROUP + 1):
        *_, alone = walk(way, net, *codes[i], [0.3], settings[i])
        np.testing.assert_array_equal(found[i], alone.pictures[0])
        if alone.noise is not None:
            assert ready[i // GROUP].noise[i % GROUP] == alone.noise[0]
    assert len(np.unique(found.reshape(number, -1), axis=0)) == number


def test_noise_differs_between_pairs_with_different_seeds_only(net: Any) -> None:
    way, picture = WAYS["shared"], Parent(np.full((16, 16, 3), 120, np.uint8))
    *_, code = encoded(way, net, picture, Settings())
    settings = [Settings(steps=5, seed=seed) for seed in (1, 2, 1)]
    *_, last = together(way, net, [(code.code, code.code)] * 3, 0.5, settings)
    np.testing.assert_array_equal(last.pictures[0], last.pictures[2])
    assert (last.pictures[0] != last.pictures[1]).any()
