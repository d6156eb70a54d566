import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from engines.data import preprocess as module
from engines.data.drawn import list_drawn
from engines.data.preprocess import preprocess
from engines.data.sources import load

Encode = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path, encoded: Encode) -> Path:
    for i in range(30):
        path = tmp_path / "pets" / ("cat" if i % 3 else "dog") / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(i, side=40))
    (tmp_path / "pets/cat/bad.jpg").write_bytes(b"bad")
    return tmp_path / "pets"


def test_what_is_written_is_read_back(folder: Path, tmp_path: Path) -> None:
    *_, last = preprocess(str(folder), 16, tmp_path / "out.zip")
    before, after = load(str(folder), 16), load(str(tmp_path / "out.zip"), 16)
    np.testing.assert_array_equal(after.images, before.images)
    np.testing.assert_array_equal(after.labels, before.labels)
    assert after.classes == before.classes == ("cat", "dog")
    assert after.splits.tolist() == before.splits.tolist()
    assert last.finished
    assert last.written == {split: int((before.splits == split).sum()) for split in ("train", "val", "test")}
    assert [skip.name for skip in last.skipped] == ["cat/bad.jpg"]
    assert "30 pictures" in str(last)
    assert "'cat/bad.jpg': not a JPEG" in str(last)


def test_parts_survive_a_second_change_of_size(folder: Path, tmp_path: Path) -> None:
    list(preprocess(str(folder), 32, tmp_path / "32.zip"))
    list(preprocess(str(tmp_path / "32.zip"), 16, tmp_path / "16.zip"))
    assert load(str(tmp_path / "16.zip"), 16).splits.tolist() == load(str(folder), 16).splits.tolist()


def test_the_layout_is_stylegans(folder: Path, tmp_path: Path) -> None:
    list(preprocess(str(folder), 16, tmp_path / "out.zip"))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        content = json.loads(archive.read("dataset.json"))
        names = [name for name in archive.namelist() if name.endswith(".png")]
        assert archive.testzip() is None
    assert names[:2] == ["00000/img00000000.png", "00000/img00000001.png"]
    assert [name for name, _ in content["labels"]] == names
    assert content["classes"] == ["cat", "dog"]


def test_one_class_has_no_labels_but_its_name(folder: Path, tmp_path: Path) -> None:
    list(preprocess(f"{folder}:dog", 16, tmp_path / "out.zip"))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert json.loads(archive.read("dataset.json"))["labels"] is None
    assert load(str(tmp_path / "out.zip"), 16).classes == ("dog",)


def test_the_same_source_is_the_same_zip(folder: Path, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        list(preprocess(str(folder), 16, tmp_path / name))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_shares_can_be_chosen(folder: Path, tmp_path: Path) -> None:
    *_, last = preprocess(str(folder), 16, tmp_path / "out.zip", "100/0/0")
    assert last.written == {"train": 30, "val": 0, "test": 0}


def test_stopping_leaves_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 10)
    before = sorted(path.name for path in tmp_path.iterdir())
    steps = preprocess(str(folder), 16, tmp_path / "out.zip")
    first = next(steps)
    assert (first.done, first.total, first.finished, str(first)) == (10, 31, False, "10 of 31")
    steps.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_progress_comes_every_500(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.data.where.list_drawn", partial(list_drawn, count=1100))
    steps = list(preprocess("drawn", 8, tmp_path / "out.zip"))
    assert [(step.done, step.total) for step in steps] == [(500, 1100), (1000, 1100), (1100, 1100)]


def test_an_existing_zip_stays_when_the_source_fails(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    list(preprocess(str(folder), 16, out))
    before = out.read_bytes()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/a.png").write_bytes(b"bad")
    with pytest.raises(ValueError, match="no picture that can be used"):
        list(preprocess(str(tmp_path / "empty"), 16, out))
    assert out.read_bytes() == before
    assert not list(tmp_path.glob(".out*"))


def test_a_zip_can_replace_itself(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    list(preprocess(str(folder), 32, out))
    list(preprocess(str(out), 16, out))
    assert len(load(str(out), 16)) == 30


@pytest.mark.parametrize(
    ("source", "size", "out", "split", "message"),
    [
        ("nowhere", 16, "o.zip", "80/10/10", "Allowed: drawn"),
        ("drawn", 0, "o.zip", "80/10/10", "allowed: 4 to 2048"),
        ("drawn", 16, "o.tar", "80/10/10", r"must end in \.zip"),
        ("drawn", 16, "o.zip", "80/20", "80/10/10"),
        ("drawn:lion", 16, "o.zip", "80/10/10", "no class lion"),
    ],
)
def test_wrong_arguments_are_refused(
    tmp_path: Path, source: str, size: int, out: str, split: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        list(preprocess(source, size, tmp_path / out, split))
    assert not list(tmp_path.glob("*o.*"))
