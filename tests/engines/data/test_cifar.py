import io
import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.data.cifar import CLASSES
from engines.data.sources import load
from engines.data.split import part

PER_BATCH = 20


def _batch(seed: int, change: dict | None = None) -> dict[bytes, Any]:
    random = np.random.default_rng(seed)
    data = random.integers(0, 256, (PER_BATCH, 3072), dtype=np.uint8)
    return {b"batch_label": b"x", b"labels": [i % 10 for i in range(PER_BATCH)], b"data": data, **(change or {})}


def _folder(root: Path, **contents: dict) -> Path:
    folder = root / "cifar-10-batches-py"
    folder.mkdir()
    (folder / "readme.html").write_text("<html>")
    (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": list(CLASSES)}, 2))
    for name, content in contents.items():
        (folder / name).write_bytes(pickle.dumps(content, 2))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _folder(tmp_path, data_batch_1=_batch(1), data_batch_2=_batch(2), test_batch=_batch(3))


def test_pictures_are_planes_in_rows(folder: Path) -> None:
    pictures = load(str(folder), 32)
    first = _batch(1)[b"data"][7]
    assert pictures.images.shape == (60, 32, 32, 3)
    assert pictures.images[7, 2, 5].tolist() == [first[2 * 32 + 5], first[1024 + 2 * 32 + 5], first[2048 + 2 * 32 + 5]]
    assert pictures.classes == CLASSES
    assert pictures.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert pictures.names[21] == "data_batch_2/00001"


def test_the_part_is_decided_by_the_row(folder: Path) -> None:
    rows = [row for seed in (1, 2, 3) for row in _batch(seed)[b"data"]]
    assert load(str(folder), 32).splits.tolist() == [part(row.tobytes()) for row in rows]


def test_cats_and_dogs_become_0_and_1(folder: Path) -> None:
    pictures = load(f"{folder}:cat,dog", 32)
    assert pictures.classes == ("cat", "dog")
    assert pictures.labels.tolist() == [0, 1] * 6
    assert load(f"{folder}:dog,cat", 32).labels.tolist() == [1, 0] * 6


def test_the_tar_gz_is_the_folder(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, "cifar-10-batches-py")
    np.testing.assert_array_equal(load(str(archive), 32).images, load(str(folder), 32).images)
    assert load(str(archive), 16).images.shape == (60, 16, 16, 3)


def test_a_tar_is_never_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar.gz"
    data = pickle.dumps(_batch(1), 2)
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("../../data_batch_1", "/tmp/whisker-evil/data_batch_2"):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("data_batch_3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    before = sorted(tmp_path.rglob("*"))
    assert len(load(str(archive), 32, limit=100)) == 2 * PER_BATCH
    assert sorted(path for path in tmp_path.rglob("*") if "home" not in path.parts) == before
    assert not Path("/tmp/whisker-evil").exists()


class _System:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple:
        return os.system, (self.command,)


def test_a_hostile_batch_is_named_and_does_not_run(tmp_path: Path) -> None:
    folder = _folder(tmp_path, data_batch_1={**_batch(1), b"labels": _System(f"touch {tmp_path}/victim")})
    with pytest.raises(ValueError, match=r"data_batch_1 .*tries to import posix\.system") as error:
        load(str(folder), 32)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize(
    "change",
    [
        {b"labels": [1, 2]},
        {b"labels": [11] * PER_BATCH},
        {b"labels": ["cat"] * PER_BATCH},
        {b"labels": None},
        {b"data": np.zeros((PER_BATCH, 3072), np.float32)},
        {b"data": np.zeros((PER_BATCH, 100), np.uint8)},
        {b"data": np.array(0, np.uint8)},
        {b"data": "text"},
    ],
)
def test_other_contents_are_refused(tmp_path: Path, change: dict) -> None:
    with pytest.raises(ValueError, match="data_batch_1"):
        load(str(_folder(tmp_path, data_batch_1=_batch(1, change))), 32)


def test_archives_of_something_else_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"no archive at all")
    with pytest.raises(ValueError, match=r"not a readable tar\.gz"):
        load(str(tmp_path / "a.tar.gz"), 32)
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "a.tar.gz", "x.txt")
    with pytest.raises(ValueError, match="no CIFAR-10 batches"):
        load(str(tmp_path / "b.tar.gz"), 32)
