"""What pairs are worth: order by balance, scores against the part that is held back, and a sheet that can be read."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.data.sources import load
from engines.fusion.ways import Settings
from engines.metrics import inception
from engines.pairs import folder as files
from engines.pairs.folder import Record
from engines.pairs.plan import Plan
from engines.pairs.results import little, ranked
from engines.pairs.run import run
from engines.pairs.sheet import EDGE, GAP, sheet

RECORD = Record(0, "a", "b", 0, 80, 90, 0.3, 0.4, 0.5, 0.1, 1.0, 0.9, 1.0, "a cat of its own")


def test_the_best_pair_is_the_one_in_the_middle_of_its_parents() -> None:
    balances = [0.2, 0.05, 0.3, 0.05]
    records = [replace(RECORD, pair=i, balance=balance) for i, balance in enumerate(balances)]
    assert ranked(records) == [1, 3, 0, 2]


def test_few_pictures_are_said_to_say_little() -> None:
    assert little(50).startswith("50 pictures say little")
    assert "say little" not in little(5000)


@pytest.fixture
def out(home: Path, source: Path, tmp_path: Path) -> Path:
    list(run(Plan("tiny", str(source), 7, method="blend", settings=Settings(steps=4)), tmp_path / "out"))
    return tmp_path / "out"


def test_scores_have_their_n_reference_and_warning(out: Path) -> None:
    found = json.loads((out / files.SCORES).read_text())
    names = ["KD-lite0", "cat share", "KD-lite0 of the parents", "cat share of the parents"]
    assert [score["name"] for score in found["scores"]] == names
    assert [score["n"] for score in found["scores"]] == [7, 7, 14, 14]
    assert all(score["low"] <= score["value"] <= score["high"] for score in found["scores"])
    assert found["scores"][0]["reference"] == "cats, val part"
    assert "7 pictures say little" in found["notes"][0]
    assert inception.INSTALL in found["notes"]
    assert sum(found["verdicts"].values()) == 7
    order = ranked(files.records(out))
    assert (found["best"], found["worst"]) == (order[:5], order[:-6:-1])


def test_fid_is_there_where_its_network_is(out: Path, monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    monkeypatch.setattr(inception, "network", lambda: lambda x: x.float().mean((2, 3)))
    (out / files.SCORES).unlink()
    steps = list(run(Plan("tiny", str(source), 7, method="blend", settings=Settings(steps=4)), out))
    assert "FID" in {step.doing for step in steps}
    found = json.loads((out / files.SCORES).read_text())
    assert found["scores"][-1]["name"] == "FID"
    assert found["scores"][-1]["low"] is None
    assert inception.INSTALL not in found["notes"]


def test_a_source_without_a_validation_part_gets_no_scores_but_a_sheet(home: Path, tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    for i in range(4):
        Image.fromarray(np.full((16, 16, 3), 60 + 40 * i, np.uint8)).save(tmp_path / "few" / f"{i}.png")
    if (load(str(tmp_path / "few"), 16).splits == "val").any():
        pytest.fail("the pictures of this test must not fall into the validation part; change their colours")
    list(run(Plan("tiny", str(tmp_path / "few"), 2, method="blend"), tmp_path / "out"))
    found = json.loads((tmp_path / "out" / files.SCORES).read_text())
    assert found["scores"] == []
    assert "2 pictures in the validation part" in found["notes"][1]
    assert (tmp_path / "out" / files.SHEET).is_file()


def test_the_sheet_shows_each_pair_with_its_pictures_enlarged_and_in_order() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (6, 64, 64, 3), np.uint8) for _ in range(3)]
    page = sheet([replace(RECORD, pair=i) for i in range(6)], pictures, ["A title"])
    top = int(np.flatnonzero((page[:, EDGE : EDGE + 3 * 128] == 128).all((1, 2)))[0])
    for k, each in enumerate(pictures):
        x, y = EDGE + GAP + k * (128 + GAP), top + GAP
        np.testing.assert_array_equal(page[y : y + 128 : 2, x : x + 128 : 2], each[0])
        np.testing.assert_array_equal(page[y + 1 : y + 128 : 2, x + 1 : x + 128 : 2], each[0])
    below = page[top + 128 + 2 * GAP : top + 128 + 2 * GAP + 36, EDGE : EDGE + 390]
    assert (below.min((1, 2)) < 120).sum() > 15  # two lines of text


def test_damaged_records_end_where_they_are_damaged(out: Path) -> None:
    lines = (out / files.RECORDS).read_text().splitlines()
    (out / files.RECORDS).write_text("\n".join([*lines[:3], lines[3][:40]]))
    assert len(files.records(out)) == 3
    (out / files.RECORDS).write_text("\n".join([lines[0], lines[2]]))
    assert len(files.records(out)) == 1
