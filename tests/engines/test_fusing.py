"""One fusion from a checkpoint: the same as its parts, and parents as a command names them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines import checkpoints
from engines.checkpoints import Model
from engines.fusing import check, fuse, parent, seeded, way, ways
from engines.fusion.ways import GROUP, Parent, Settings, encoded, walk
from engines.sampling import draw

SETTINGS = Settings(steps=6)


@pytest.fixture
def model(home: Path) -> Model:
    return checkpoints.load("tiny")


@pytest.fixture
def parents() -> tuple[Parent, Parent]:
    rng = np.random.default_rng(0)
    return tuple(Parent(rng.integers(60, 200, (16, 16, 3)).astype(np.uint8)) for _ in range(2))


@pytest.mark.parametrize("name", ["slerp", "two-noises", "shared", "blend"])
def test_a_fusion_is_its_parts_bit_for_bit(name: str, model: Model, parents: tuple) -> None:
    how, lams = way(model, name), np.linspace(0, 1, GROUP + 1).tolist()
    codes = [list(encoded(how, model.net, each, SETTINGS))[-1].code for each in parents]
    expected = [step for step in walk(how, model.net, *codes, lams, SETTINGS) if step.ready]
    steps = list(fuse(model, name, *parents, lams, SETTINGS))
    found = [step.drawn for step in steps if step.drawn and step.drawn.ready]
    assert [step.at.tolist() for step in found] == [list(range(GROUP)), [GROUP]]
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine.pictures, theirs.pictures)


@pytest.mark.parametrize("name", ["slerp", "shared"])
def test_progress_counts_up_to_its_total(name: str, model: Model, parents: tuple) -> None:
    steps = list(fuse(model, name, *parents, [0.5], SETTINGS))
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.done <= step.total for step in steps)
    assert steps[-1].total == len(steps)
    assert [step.which for step in steps if step.encoding] == sorted(step.which for step in steps if step.encoding)
    assert all((step.encoding is None) != (step.drawn is None) for step in steps)


def test_parents_by_seed_by_checkpoint_and_by_file(model: Model, tmp_path: Path) -> None:
    *_, drawn = draw(model, [7])
    own = parent(model, "7")
    assert own.seed == 7
    np.testing.assert_array_equal(own.picture, drawn.pictures[0])
    assert parent(model, "tiny:7").seed == 7
    other = parent(model, "ddpm-drawn-32:7")
    assert other.seed is None
    assert other.picture.shape == (16, 16, 3)
    Image.fromarray(own.picture).save(tmp_path / "12.png")
    photo = parent(model, str(tmp_path / "12.png"))
    assert photo.seed is None
    np.testing.assert_array_equal(photo.picture, own.picture)
    np.testing.assert_array_equal(seeded(model, 7).picture, own.picture)


@pytest.mark.parametrize(
    ("text", "says"), [("nothing.png", "neither a seed nor"), ("", "neither a seed nor"), ("tiger:3", "no checkpoint")]
)
def test_a_parent_that_is_not_there_is_refused_in_words(text: str, says: str, model: Model) -> None:
    with pytest.raises((ValueError, LookupError), match=says):
        parent(model, text)


def test_what_a_checkpoint_does_not_have_is_refused_at_the_call(model: Model, parents: tuple) -> None:
    assert list(ways(model))[-1] == "blend"
    with pytest.raises(LookupError, match="tiny has no method 'w'; it has: two-noises"):
        way(model, "w")
    for settings, says in (
        (Settings(sampler="euler"), "allowed: dpmpp"),
        (Settings(label=2), "counted from 0"),
        (Settings(steps=101), "1 to 100"),
    ):
        with pytest.raises(ValueError, match=says):
            fuse(model, "slerp", *parents, [0.5], settings)
    with pytest.raises(ValueError, match="λ is 2"):
        fuse(model, "slerp", *parents, [2], SETTINGS)
    with pytest.raises(ValueError, match="No λ"):
        fuse(model, "slerp", *parents, [], SETTINGS)
    with pytest.raises(ValueError, match="this model takes"):
        fuse(model, "slerp", Parent(np.zeros((8, 8, 3), np.uint8)), parents[1], [0.5], SETTINGS)
    check(model, Settings(label=1))
