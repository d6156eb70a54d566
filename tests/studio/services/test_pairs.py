"""Pairs as a process of its own: begun, stopped, gone on with, and read from its folder."""

import io
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.pairs import folder as files
from studio.recipe import Recipe
from studio.services import pairs
from studio.services.pairs import Asked


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "cats"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(40):
        Image.fromarray(rng.integers(40, 220, (16, 16, 3), np.uint8)).save(folder / f"{i:03d}.png")
    return folder


def ask(source: Path, number: int = 3, **changes: object) -> Asked:
    recipe = Recipe("tiny", 5, "ddpm", 4, start=0.5)
    return replace(Asked(recipe, str(source), number, 0.5, "shared", "any"), **changes)


def wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_command_makes_them_and_the_folder_tells(home: Path, source: Path) -> None:
    asked = ask(source)
    assert pairs.seen(asked) == pairs.Seen((), None, False, None, "")
    pairs.start(asked)
    assert pairs.running(asked)
    child = pairs._children[pairs.folder(asked)]
    pairs.start(asked)  # once is enough
    assert pairs._children[pairs.folder(asked)] is child
    if hasattr(os, "getpgid"):
        assert os.getpgid(child.pid) != os.getpgid(0)  # Ctrl-C at the server does not reach it
    wait(lambda: not pairs.running(asked))
    seen = pairs.seen(asked)
    assert (len(seen.records), seen.error, seen.progress) == (3, "", None)
    assert [record.seed for record in seen.records] == [5, 6, 7]
    assert seen.scores["scores"][0]["n"] == 3
    shown = np.asarray(Image.open(io.BytesIO(pairs.triple(asked, 1, 47))))
    fused = np.asarray(Image.open(files.picture(pairs.folder(asked), 1)))
    np.testing.assert_array_equal(shown[:32:2, 34:66:2], fused)
    with zipfile.ZipFile(io.BytesIO(pairs.archive(asked))) as zipped:
        names = [Path(name).name for name in zipped.namelist()]
        assert {"config.json", "pairs.jsonl", "scores.json", "sheet.png", "000.png", "002-b.png"} <= set(names)
        assert len(names) == 4 + 9
    pairs.forget(asked)
    assert pairs.seen(asked).records == ()


def test_cancelled_it_keeps_what_is_there_and_goes_on(home: Path, source: Path) -> None:
    asked = ask(source, 20, recipe=Recipe("tiny", 0, "ddpm", 100, start=1), method="two-noises")
    pairs.start(asked)
    wait(lambda: pairs.seen(asked).progress is not None)
    assert pairs.seen(asked).running
    pairs.cancel(asked)
    wait(lambda: not pairs.running(asked))
    stopped = pairs.seen(asked)
    assert stopped.scores is None
    assert stopped.error == ""
    assert len(stopped.records) < 20
    assert pairs.wanted(asked) == 20
    pairs.start(replace(asked, pairs=2))  # no fewer than were asked for before
    wait(lambda: not pairs.running(asked))
    assert len(pairs.seen(asked).records) == 20
    assert pairs.seen(asked).scores is not None


def test_what_cannot_be_is_said(home: Path, source: Path) -> None:
    with pytest.raises(ValueError, match="There is no 'nowhere'"):
        pairs.start(ask(Path("nowhere")))
    with pytest.raises(LookupError, match="no checkpoint 'tiger'"):
        pairs.start(ask(source, recipe=Recipe("tiger")))
    for path in sorted(source.iterdir())[2:]:
        path.unlink()
    asked = ask(source)
    pairs.start(asked)
    wait(lambda: not pairs.running(asked))
    assert "different pairs by the rule any, 3 are wanted" in pairs.seen(asked).error


def test_settings_that_a_way_reads_have_a_folder_each_and_others_share_it(home: Path, source: Path) -> None:
    asked = ask(source)
    assert pairs.folder(replace(asked, pairs=9)) == pairs.folder(asked)
    assert pairs.folder(replace(asked, lam=0.4)) != pairs.folder(asked)
    deeper = replace(asked.recipe, start=0.7)
    assert pairs.folder(replace(asked, recipe=deeper)) != pairs.folder(asked)
    inverted = replace(asked, method="slerp")
    assert pairs.folder(replace(inverted, recipe=deeper)) == pairs.folder(inverted)
    relative = os.path.relpath(source)
    assert pairs.folder(replace(asked, data=relative)) == pairs.folder(asked)


def test_the_command_can_be_typed(home: Path, source: Path) -> None:
    text = pairs.command(ask(source, rule="not-both-dark"))
    assert text.startswith("python -m engines fuse tiny --pairs=3 ")
    for word in (f"--data={source}", "--lam=0.5", "--method=shared", "--rule=not-both-dark", "--seed=5", "--steps=4"):
        assert f" {word} " in text
    assert pairs.calls(ask(source)) == 3 * 2
    assert pairs.calls(ask(source, method="slerp")) == 3 * (2 * 20 + 4)
    assert pairs.calls(ask(source, method="blend")) == 0
