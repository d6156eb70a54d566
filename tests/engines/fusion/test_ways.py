"""Every family's ways: their ends, their noise, and the same picture whatever it is drawn with."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from engines import checkpoints
from engines.families import FAMILIES
from engines.fusion.blend import PIXELS
from engines.fusion.ways import GROUP, Parent, Settings, Way, encoded, walk

SETTINGS = Settings(steps=8, search=3)


@pytest.fixture(scope="module")
def net(tiny_home: Any) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISKER_HOME", str(tiny_home))
        yield checkpoints.load("tiny").net


@pytest.fixture(scope="module")
def parents() -> tuple[Parent, Parent]:
    rng = np.random.default_rng(0)
    return tuple(Parent(rng.integers(60, 200, (16, 16, 3)).astype(np.uint8)) for _ in range(2))


def code(way: Way, net: Any, parent: Parent, settings: Settings = SETTINGS) -> torch.Tensor:
    *_, last = encoded(way, net, parent, settings)
    assert last.done == last.total
    return last.code


def path(way: Way, net: Any, parents: tuple, lams: list[float], settings: Settings = SETTINGS) -> tuple:
    a, b = (code(way, net, parent, settings) for parent in parents)
    steps = list(walk(way, net, a, b, lams, settings))
    done = [step for step in steps if step.ready]
    assert [step.done for step in steps] == list(range(1, steps[-1].total + 1))
    assert np.concatenate([step.at for step in done]).tolist() == list(range(len(lams)))
    noise = None if done[0].noise is None else np.concatenate([step.noise for step in done])
    return np.concatenate([step.pictures for step in done]), noise


def test_a_pixel_blend_by_hand(parents: tuple) -> None:
    a, b = (parent.picture.astype(float) for parent in parents)
    pictures, noise = path(PIXELS, None, parents, [0, 0.25, 1])
    assert noise is None
    for picture, lam in zip(pictures, (0, 0.25, 1), strict=True):
        assert np.abs(picture - ((1 - lam) * a + lam * b)).max() <= 0.51


@pytest.mark.parametrize("name", FAMILIES["ddpm"].ways)
def test_the_picture_at_a_lambda_is_the_same_in_any_company(name: str, net: Any, parents: tuple) -> None:
    way = FAMILIES["ddpm"].ways[name]
    many, noise = path(way, net, parents, np.linspace(0, 1, GROUP + 3).tolist())
    one, alone = path(way, net, parents, [0.5])
    np.testing.assert_array_equal(one[0], many[(GROUP + 2) // 2])
    assert alone[0] == noise[(GROUP + 2) // 2]


@pytest.mark.parametrize(
    ("name", "dip"), [("two-noises", True), ("shared", False), ("rescaled", False), ("lerp", True), ("slerp", False)]
)
def test_only_straight_mixes_of_two_noises_lose_noise(name: str, dip: bool, net: Any, parents: tuple) -> None:
    way = FAMILIES["ddpm"].ways[name]
    settings = Settings(steps=8, start=1)
    rng = torch.Generator().manual_seed(0)
    codes = torch.randn(2, 3, 16, 16, generator=rng) if way.code == "noise" else torch.zeros(2, 3, 16, 16)
    *_, last = walk(way, net, *codes, [0, 0.5, 1], settings)
    assert last.noise[[0, 2]] == pytest.approx(1, abs=0.06)
    assert last.noise[1] == pytest.approx(0.5**0.5 if dip else 1, abs=0.06)


@pytest.mark.parametrize("name", ["lerp", "renormalised", "slerp"])
def test_the_ends_of_an_inversion_are_the_parents(name: str, net: Any) -> None:
    """A random net's pictures: what a chain drew can be led back to its noise."""
    smooth = [Parent(np.full((16, 16, 3), value, np.uint8)) for value in (100, 150)]
    way = FAMILIES["ddpm"].ways[name]
    assert way.ends
    pictures, _ = path(way, net, tuple(smooth), [0, 1], Settings(steps=50))
    for picture, parent in zip(pictures, smooth, strict=True):
        assert np.abs(picture.astype(int) - parent.picture).max() <= 6


def test_as_written_at_full_length_enters_a_step_late(net: Any, parents: tuple) -> None:
    """`for i in reversed(range(0, t))`: noised to t, the loop begins at t − 1; T steps here are 100."""
    steps = {
        name: FAMILIES["ddpm"].ways[name].passes(net, Settings(steps=100, start=0.5))
        for name in ("two-noises", "shared")
    }
    assert steps == {"two-noises": 49, "shared": 50}
    assert FAMILIES["ddpm"].ways["two-noises"].passes(net, Settings(steps=10, start=0.5)) == 5
    pictures, _ = path(FAMILIES["ddpm"].ways["two-noises"], net, parents, [0.5], Settings(steps=100, start=0.02))
    assert pictures.shape == (1, 16, 16, 3)


def test_a_seed_of_the_generator_itself_needs_no_search(tiny_gan: Any) -> None:
    way = FAMILIES["stylegan2"].ways["w"]
    pictures = [tiny_gan.sample([seed]) for seed in (3, 4)]
    from engines.images import to_uint8

    parents = tuple(Parent(to_uint8(x)[0], seed) for x, seed in zip(pictures, (3, 4), strict=True))
    path_, noise = path(way, tiny_gan, parents, [0, 0.5, 1])
    assert noise is None
    np.testing.assert_allclose(path_[0].astype(int), parents[0].picture, atol=1)
    np.testing.assert_allclose(path_[2].astype(int), parents[1].picture, atol=1)
    assert not np.array_equal(path_[1], path_[0])


def test_a_photo_is_searched_for(tiny_gan: Any) -> None:
    way = FAMILIES["stylegan2"].ways["w"]
    steps = list(encoded(way, tiny_gan, Parent(np.full((16, 16, 3), 90, np.uint8)), SETTINGS))
    assert [step.done for step in steps] == [1, 2, 3, 4]
    assert steps[-1].code.shape == (len(tiny_gan.generator.layers), 16)
    assert all(step.code is None for step in steps[:-1])


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_that_interpolates_has_ways_and_no_other_has(name: str) -> None:
    assert ("interpolate" in FAMILIES[name].can) == bool(FAMILIES[name].ways)


def test_wrong_input_is_refused_in_words(net: Any, parents: tuple) -> None:
    way = FAMILIES["ddpm"].ways["slerp"]
    with pytest.raises(ValueError, match="this model takes"):
        encoded(way, net, Parent(np.zeros((8, 8, 3), np.uint8)), SETTINGS)
    with pytest.raises(ValueError, match="λ is 2"):
        walk(way, net, torch.zeros(3, 16, 16), torch.zeros(3, 16, 16), [2], SETTINGS)
    for wrong in ({"steps": 0}, {"start": 0}, {"search": 0}):
        with pytest.raises(ValueError, match="allowed"):
            Settings(**wrong)
