"""Walks as pages ask for them: what a checkpoint can move, what is said of a frame, and what is remembered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engines.images import quantise
from studio.recipe import Recipe
from studio.services import gan, generate, walks
from studio.services.gan import Look
from studio.services.keyframes import Key
from studio.services.walks import Ask


@pytest.fixture(autouse=True)
def afresh() -> None:
    walks._known.clear()
    gan.single.clear()


def ask(checkpoint: str, *keys: Key, **changes: object) -> Ask:
    recipe = generate.complete(Recipe(checkpoint, keys[0].seed, steps=4))
    return Ask(Look(recipe), keys, **{"fps": 4, **changes})


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return int(np.abs(a.astype(int) - b).max()) <= 1


def test_a_diffusion_model_moves_classes_and_faders(home: Path) -> None:
    assert walks.columns("tiny") == ("seed", "label", "backbone", "levels")


def test_a_gan_moves_psi(gan_home: Path) -> None:
    assert walks.columns("tiny-gan") == ("seed", "psi")
    with pytest.raises(LookupError, match="tiny-gan"):
        walks.columns("elsewhere")


def test_key_frames_of_a_chain_are_the_chains(home: Path) -> None:
    asked = ask("tiny", Key(0, 3), Key(1, 8, label=1))
    *_, walk = walks.walk(asked)
    assert walk.finished
    assert walk.frames.shape == (5, 16, 16, 3)
    for frame, recipe in ((0, Recipe("tiny", 3, steps=4)), (4, Recipe("tiny", 8, steps=4, label="dog"))):
        *_, chain = generate.chain(recipe)
        assert close(walk.frames[frame], quantise(chain.x_t[-1]))


def test_faders_reach_the_levels(home: Path) -> None:
    side = 16
    *_, walk = walks.walk(ask("tiny", Key(0, 3), Key(1, 3, levels=((side, 0.0),))))
    assert not close(walk.frames[0], walk.frames[-1])
    lines = walks.labels(ask("tiny", Key(0, 3), Key(1, 3, levels=((side, 0.0),))))
    assert lines[2] == "seed 3 · skips 16 px 0.5"


def test_key_frames_of_a_gan_are_its_pictures(gan_home: Path) -> None:
    asked = ask("tiny-gan", Key(0, 3), Key(1, 8, psi=0.5))
    *_, walk = walks.walk(asked)
    assert close(walk.frames[0], gan.pictures(asked.look, [3])[0])
    assert close(walk.frames[-1], gan.pictures(replace(asked.look, psi=0.5), [8])[0])


def test_what_was_stopped_goes_on_and_what_is_there_is_not_made_again(
    gan_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask("tiny-gan", Key(0, 3), Key(4, 8))
    whole = np.stack(list(walks.walk(asked))[-1].frames)
    walks._known.clear()
    first = next(walks.walk(asked))
    assert 0 < len(first.frames) < 17
    assert walks.known(asked).frames.shape == first.frames.shape
    *steps, rest = walks.walk(asked)
    assert [step.done for step in (*steps, rest)] == list(range(1, rest.total + 1))
    assert rest.finished
    assert np.abs(rest.frames.astype(int) - whole).max() <= 1
    monkeypatch.setattr(walks, "_steps", None)
    assert next(walks.walk(asked)) is walks.known(asked)


def test_a_closed_walk_is_back_before_it_ends(gan_home: Path) -> None:
    *_, walk = walks.walk(ask("tiny-gan", Key(0, 3), Key(1, 8), closed=True))
    assert len(walk.frames) == 8
    apart = [np.abs(walk.frames[i].astype(int) - walk.frames[0]).mean() for i in (4, 6, 7)]
    assert apart == sorted(apart, reverse=True)


def test_a_line_says_from_where_to_where(home: Path) -> None:
    asked = ask("tiny", Key(0, 3, label=0), Key(1, 8, label=-1, backbone=1.5))
    assert walks.labels(asked) == [
        "seed 3 · cat · backbone 1",
        "seed 3 → 8, 25% · cat → any class, 25% · backbone 1.12",
        "seed 3 → 8, 50% · cat → any class, 50% · backbone 1.25",
        "seed 3 → 8, 75% · cat → any class, 75% · backbone 1.38",
        "seed 8 · any class · backbone 1.5",
    ]


def test_psi_is_said_where_it_moves(gan_home: Path) -> None:
    assert walks.labels(ask("tiny-gan", Key(0, 3), Key(1, 3)))[2] == "seed 3"
    assert walks.labels(ask("tiny-gan", Key(0, 3, psi=-1), Key(1, 3, psi=0)))[2] == "seed 3 · ψ −0.5"


def test_a_class_that_there_is_not_is_said(home: Path) -> None:
    with pytest.raises(ValueError, match="class 7; tiny has: 0 cat, 1 dog"):
        next(walks.walk(ask("tiny", Key(0, 3, label=7))))
