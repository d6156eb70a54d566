"""Chains by recipe: progressive, cached, cancellable, forked; and the code a recipe prints gives the same picture."""

import io
import os
import shlex
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.home import ROOT
from engines.images import quantise
from studio.recipe import PASS, Recipe
from studio.services import chains, generate, library, photos
from studio.services.chains import Chain

TINY = Recipe("tiny", seed=3, sampler="ddim", steps=6, eta=0.5, label="dog", guidance=2.0)


@pytest.fixture
def photo(home: Path) -> str:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 30, 3), np.uint8)).save(out, "PNG")
    return photos.keep(out.getvalue(), 16)


def run(recipe: Recipe) -> Chain:
    *_, last = generate.chain(recipe)
    return last


def test_a_chain_arrives_frame_by_frame_and_ends_at_the_picture(home: Path) -> None:
    grown = list(generate.chain(TINY))
    assert [len(chain) for chain in grown] == list(range(1, 8))
    assert [chain.done for chain in grown] == [False] * 6 + [True]
    assert np.abs(grown[-1].x_t[-1] - grown[-1].x0[-1]).max() < 1e-3  # predictions are kept in half precision
    for early in grown:
        assert np.array_equal(early.x_t, grown[-1].x_t[: len(early)])


def test_a_known_chain_comes_whole_and_the_same(home: Path) -> None:
    first = run(TINY)
    again = list(generate.chain(TINY))
    assert len(again) == 1
    for name in ("x_t", "x0", "eps", "t", "alpha_bar"):
        assert np.array_equal(getattr(again[0], name), getattr(first, name)), name


def test_a_damaged_cache_is_computed_anew(home: Path) -> None:
    first = run(TINY)
    for path in (home / "cache" / "chains").glob("*.npz"):
        path.write_bytes(b"damaged")
    assert np.array_equal(run(TINY).x_t, first.x_t)


def test_other_weights_under_the_same_name_are_another_chain(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(TINY)
    monkeypatch.setattr(library, "digest", lambda name: "f" * 12)
    assert len(next(generate.chain(TINY))) == 1  # the first frame, not the known chain


def test_stopping_keeps_what_is_there_and_leaves_the_machine_free(home: Path) -> None:
    growing = generate.chain(TINY)
    for _ in range(3):
        next(growing)
    growing.close()
    assert len(generate.partial(TINY)) == 3
    assert chains.read(generate.complete(TINY).key) is None
    assert run(TINY).done


def test_a_long_chain_can_be_stopped_at_every_step(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "MOST_FRAMES", 3)
    grown = list(generate.chain(replace(TINY, steps=10)))
    assert len(grown) == 11
    assert len(grown[-1]) == 3


def test_a_consumer_that_dawdles_keeps_nobody_waiting(home: Path) -> None:
    slow = generate.chain(TINY)
    next(slow)
    done = []
    other = threading.Thread(target=lambda: done.append(run(replace(TINY, seed=4))), daemon=True)
    other.start()
    other.join(60)
    assert done
    assert done[0].done


def test_of_a_long_chain_few_frames_are_kept_and_always_the_last(home: Path) -> None:
    planned = generate.planned(replace(TINY, steps=1000))
    assert len(planned) <= 101
    assert (planned[0], planned[-1]) == (0, 1000)
    assert len(set(np.diff(planned))) == 1


@pytest.mark.parametrize("steps", [1, 7, 99, 100])
def test_the_frames_planned_are_the_frames_kept(home: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "MOST_FRAMES", 11)
    recipe = replace(TINY, steps=steps)
    assert run(recipe).index.tolist() == generate.planned(recipe)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"checkpoint": "nobody"}, "There is no checkpoint 'nobody'"),
        ({"label": "fish"}, "no class 'fish'; allowed: cat, dog"),
        ({"steps": 101}, "1 to 100"),
        ({"photo": "0" * 16}, "not on this machine"),
    ],
)
def test_what_the_checkpoint_does_not_allow_is_said(home: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises((ValueError, LookupError), match=said):
        run(replace(TINY, **change))


def test_from_a_photo_the_chain_runs_only_its_share(home: Path, photo: str) -> None:
    recipe = replace(TINY, sampler="ddim", eta=0.0, steps=10, photo=photo, start=0.4)
    chain = run(recipe)
    assert chain.index.tolist() == [6, 7, 8, 9, 10]
    noised = generate.forward(recipe, chain)
    assert np.array_equal(noised[0], quantise(chain.x_t)[0])  # where the chain enters, forward and reverse meet
    assert np.array_equal(noised[-1], photos.load(photo, 16))


def test_the_children_of_a_fork_differ_and_come_back_the_same(home: Path) -> None:
    parent = run(TINY)
    *_, born = generate.fork(TINY, parent, 2, 4)
    assert born.finished
    assert len({picture.tobytes() for picture in born.pictures}) == 4
    generate._forks.clear()
    *_, again = generate.fork(TINY, parent, 2, 4)
    assert np.array_equal(born.pictures, again.pictures)


def test_fewer_children_are_the_first_of_more(home: Path) -> None:
    parent = run(TINY)
    *_, two = generate.fork(TINY, parent, 2, 2)
    *_, four = generate.fork(TINY, parent, 2, 4)
    assert np.abs(two.pictures.astype(int) - four.pictures[:2]).max() <= 1


@pytest.mark.parametrize(("frame", "children"), [(-1, 4), (6, 4), (2, 1), (2, 17)])
def test_a_fork_that_cannot_be_is_refused(home: Path, frame: int, children: int) -> None:
    with pytest.raises(ValueError, match="allowed"):
        next(generate.fork(TINY, run(TINY), frame, children))


def test_a_race_gives_each_sampler_its_own_chain(home: Path) -> None:
    last = dict(generate.race(TINY, ["ddim", "heun"]))
    assert np.array_equal(last["ddim"].x_t, run(TINY).x_t)
    assert np.array_equal(last["heun"].x_t, run(replace(TINY, sampler="heun", eta=0.0)).x_t)


def test_picture_i_of_a_batch_is_the_picture_of_its_seed(home: Path) -> None:
    *_, batch = generate.pictures(TINY, 3)
    alone = quantise(run(replace(TINY, seed=TINY.seed + 2)).x_t[-1])
    assert np.abs(batch.pictures[2].astype(int) - alone).max() <= 1


@pytest.mark.parametrize("from_photo", [False, True])
def test_the_printed_code_and_command_give_the_same_picture(home: Path, tmp_path: Path, from_photo: bool) -> None:
    recipe = TINY
    if from_photo:
        out = io.BytesIO()
        Image.fromarray(np.random.default_rng(2).integers(0, 256, (20, 20, 3), np.uint8)).save(out, "PNG")
        recipe = replace(TINY, photo=photos.keep(out.getvalue(), 16), start=0.5)
    wanted = quantise(run(recipe).x_t[-1])
    photo = str(photos.path(recipe.photo)) if from_photo else ""
    by_code, by_command = tmp_path / "code.png", tmp_path / "a command's.png"
    script = tmp_path / "script.py"
    script.write_text(recipe.python(str(by_code), photo), encoding="utf-8")
    words = shlex.split(recipe.command(str(by_command), photo))
    assert words[0] == "python"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GOMP_SPINCOUNT": "0"}
    for arguments in ([str(script)], words[1:]):
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, timeout=120)
    assert np.array_equal(np.array(Image.open(by_code)), wanted)
    assert np.array_equal(np.array(Image.open(by_command)), wanted)


def test_a_model_without_a_chain_draws_in_one_pass_whatever_the_recipe_asks(gan_home: Path) -> None:
    recipe = generate.complete(Recipe("tiny-gan", 3, sampler="heun", steps=50))
    assert (recipe.sampler, recipe.steps) == (PASS, 1)
    (only,) = generate.pictures(recipe, 2)
    assert only.finished
    (again,) = generate.pictures(generate.complete(Recipe("tiny-gan", 4)), 1)
    np.testing.assert_array_equal(only.pictures[1], again.pictures[0])
    with pytest.raises(ValueError, match="cannot do 'trajectory'"):
        next(generate.chain(recipe))


def test_a_chain_is_given_back_its_steps_after_a_model_without_one(home: Path) -> None:
    recipe = generate.complete(Recipe("tiny", 3, sampler=PASS, steps=1))
    assert (recipe.sampler, recipe.steps) == ("dpmpp", 20)
