import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.data import cache
from engines.data.decode import decode
from engines.data.sources import load, load_photo, native_size
from engines.data.split import part

Encode = Callable[..., bytes]


def _folder(root: Path, members: dict[str, bytes]) -> Path:
    for name, data in members.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.fixture
def members(encoded: Encode) -> dict[str, bytes]:
    kinds = ("cat", "dog", "fox")
    return {f"{kinds[i % 3]}/{i:02d}.png": encoded(i, side=24) for i in range(60)} | {"cat/bad.png": b"bad"}


@pytest.fixture
def folder(tmp_path: Path, members: dict[str, bytes]) -> Path:
    return _folder(tmp_path / "pets", members)


def test_pictures_fit_together(folder: Path, members: dict[str, bytes]) -> None:
    pictures = load(str(folder), 16)
    assert pictures.images.shape == (60, 16, 16, 3)
    assert pictures.images.dtype == np.uint8
    assert pictures.labels.dtype == np.int64
    assert pictures.classes == ("cat", "dog", "fox")
    assert list(pictures.names) == sorted(name for name in members if "bad" not in name)
    for i, name in enumerate(pictures.names):
        np.testing.assert_array_equal(pictures.images[i], decode(members[name], 16))
        assert pictures.classes[pictures.labels[i]] == name.split("/")[0]
        assert pictures.splits[i] == part(members[name])
    assert [(skip.name, skip.reason) for skip in pictures.skipped] == [
        ("cat/bad.png", "not a JPEG, PNG, WebP, GIF or BMP")
    ]
    assert (len(pictures), pictures.source) == (60, str(folder))


def test_the_second_time_is_the_same_without_decoding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(str(folder), 16)
    monkeypatch.setattr("engines.data.sources.readings", None)
    second = load(str(folder), 16)
    np.testing.assert_array_equal(first.images, second.images)
    assert (first.names, first.skipped, first.splits.tolist()) == (second.names, second.skipped, second.splits.tolist())


def test_a_changed_file_is_noticed(folder: Path, encoded: Encode) -> None:
    load(str(folder), 16)
    new = encoded(99, side=24)
    (folder / "cat/00.png").write_bytes(new)
    os.utime(folder / "cat/00.png", (1, 1))
    np.testing.assert_array_equal(load(str(folder), 16).images[0], decode(new, 16))


def test_a_damaged_cache_is_made_again(folder: Path, own_home: Path) -> None:
    first = load(str(folder), 16)
    (stored,) = (own_home / "cache" / "data").iterdir()
    for damage in (b"", b"\x93NUMPY", (stored / "images.npy").read_bytes()[:500]):
        (stored / "images.npy").write_bytes(damage)
        np.testing.assert_array_equal(load(str(folder), 16).images, first.images)
    (stored / "index.json").write_text("[]")
    np.testing.assert_array_equal(load(str(folder), 16).images, first.images)


def test_a_cache_that_cannot_be_written_is_no_error(folder: Path, own_home: Path) -> None:
    own_home.mkdir()
    (own_home / "cache").write_text("a file where the folder should be")
    assert len(load(str(folder), 16)) == 60


def test_the_oldest_entries_go_first(folder: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = own_home / "cache" / "data"
    load(str(folder), 16)
    (first,) = root.iterdir()
    load(str(folder), 17)
    (second,) = set(root.iterdir()) - {first}
    os.utime(first, (2, 2))
    os.utime(second, (1, 1))
    monkeypatch.setattr(cache, "_MAX_BYTES", 130_000)  # room for two of 60 × 16 × 16 × 3 bytes
    load(str(folder), 18)
    assert first in set(root.iterdir())
    assert second not in set(root.iterdir())
    assert len(list(root.iterdir())) == 2


def test_parts_make_the_whole(folder: Path) -> None:
    names = [name for split in ("train", "val", "test") for name in load(str(folder), 16, split=split).names]
    assert sorted(names) == sorted(load(str(folder), 16).names)


@pytest.mark.parametrize("split", [None, "train"])
def test_a_limit_spreads_and_is_the_same_with_and_without_the_cache(folder: Path, split: str | None) -> None:
    before = load(str(folder), 16, split=split, limit=15)
    load(str(folder), 16)
    after = load(str(folder), 16, split=split, limit=15)
    assert len(before) == 15
    assert before.names == after.names == tuple(sorted(before.names))
    np.testing.assert_array_equal(before.images, after.images)
    assert set(before.labels) == {0, 1, 2}
    assert split is None or set(before.splits) == {split}


def test_keeps_the_classes_asked_for_in_their_order(folder: Path) -> None:
    pictures = load(f"{folder}:fox, cat", 16, limit=1000)
    assert pictures.classes == ("fox", "cat")
    assert [pictures.classes[label] for label in pictures.labels] == [name[:3] for name in pictures.names]
    assert len(pictures) == 40


def test_a_colon_in_a_name_is_no_class(tmp_path: Path, encoded: Encode) -> None:
    folder = _folder(tmp_path / "pets:old", {"cat/a.png": encoded(1)})
    assert len(load(str(folder), 16)) == 1
    assert len(load(f"{folder}:cat", 16)) == 1


def test_recorded_labels_and_parts_win(tmp_path: Path, encoded: Encode) -> None:
    content = '{"labels": [["x/a.png", 1], ["x/b.png", 0]], "classes": ["cat", "dog"], "splits": {"x/a.png": "test"}}'
    folder = _folder(
        tmp_path / "f",
        {"x/a.png": encoded(1), "x/b.png": encoded(2), "x/c.png": encoded(3), "dataset.json": content.encode()},
    )
    pictures = load(str(folder), 16)
    assert pictures.classes == ("cat", "dog")
    assert pictures.labels.tolist() == [1, 0]
    assert pictures.splits.tolist() == ["test", part(encoded(2))]
    assert [(skip.name, skip.reason) for skip in pictures.skipped] == [("x/c.png", "no label in dataset.json")]


def test_names_that_are_no_text_are_read(tmp_path: Path, encoded: Encode) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png")).write_bytes(encoded(1))
    assert len(load(str(folder), 16)) == 1
    assert len(load(str(folder), 16, limit=1)) == 1


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "no pictures"),
        ({"notes.txt": b"x"}, "no pictures"),
        ({"a.png": b"x", "b.png": b"y", "c/d.png": b""}, "no picture that can be used"),
        ({"a.png": b"x", "dataset.json": b"{"}, "dataset.json of f"),
        ({"a.png": b"x", "dataset.json": b'{"labels": [["b.png", 0]]}'}, "1 no label in dataset.json"),
    ],
)
def test_nothing_readable_is_one_clear_line(tmp_path: Path, members: dict[str, bytes], message: str) -> None:
    (tmp_path / "f").mkdir()
    for limit in (None, 5):
        with pytest.raises(ValueError, match=message) as error:
            load(str(_folder(tmp_path / "f", members)), 16, limit=limit)
        assert "\n" not in str(error.value)


def test_counts_the_reasons(tmp_path: Path, encoded: Encode) -> None:
    members = {"a.png": b"x", "b.png": b"y", "c.jpg": encoded(1, mode="CMYK", suffix="JPEG")}
    with pytest.raises(ValueError, match="2 not a JPEG, PNG, WebP, GIF or BMP, 1 CMYK"):
        load(str(_folder(tmp_path / "f", members)), 16)


@pytest.mark.parametrize("source", ["/no/such/place", "", "nothing:cat", "drawn2", "\0"])
def test_a_missing_source_says_what_is_allowed(source: str) -> None:
    with pytest.raises(ValueError, match="Allowed: drawn, a folder"):
        load(source, 16)


def test_wrong_arguments_say_what_is_allowed(folder: Path) -> None:
    for source, size, options, message in (
        (f"{folder}:lion", 16, {}, "no class lion; it has: cat, dog, fox"),
        (f"{folder}:", 16, {}, "names no class"),
        (str(folder), 0, {}, "allowed: 4 to 2048"),
        (str(folder), 16, {"split": "training"}, "allowed: train, val, test"),
        (str(folder), 16, {"limit": 0}, "at least 1"),
        (str(folder / "cat/00.png"), 16, {}, "not a source of pictures"),
    ):
        with pytest.raises(ValueError, match=message):
            load(source, size, **options)


def test_a_photo_is_read_or_refused_with_the_reason(folder: Path, members: dict[str, bytes], tmp_path: Path) -> None:
    np.testing.assert_array_equal(load_photo(folder / "dog/01.png", 12), decode(members["dog/01.png"], 12))
    for path in (folder / "cat/bad.png", tmp_path / "missing.png", tmp_path):
        with pytest.raises(ValueError, match="cannot be"):
            load_photo(path, 12)


def test_native_size_is_the_shortest_side(tmp_path: Path, encoded: Encode) -> None:
    folder = _folder(tmp_path / "f", {"a.png": encoded(1, side=40), "b.png": encoded(2, side=24), "c.png": b"bad"})
    assert native_size(str(folder)) == 24
    assert native_size("drawn") == 64
    with pytest.raises(ValueError, match="no picture that can be used"):
        native_size(str(_folder(tmp_path / "g", {"a.png": b"bad"})))


def test_the_real_cats_are_split_as_ever(real: Path) -> None:
    """The shipped cat model was trained on exactly these 3,559 pictures; its scores need the others unseen."""
    pictures = load(str(real / "afhq-cat-128.zip"), 32)
    assert [int((pictures.splits == split).sum()) for split in ("train", "val", "test")] == [3559, 487, 454]
    assert pictures.classes == ("cat",)
    assert not pictures.skipped


def test_the_real_classes_are_found(real: Path) -> None:
    assert load(str(real / "cats-vs-dogs-128.zip"), 16, limit=40).classes == ("cat", "dog")
    pictures = load(f"{real / 'cifar10.zip'}:cat,dog", 32, limit=40)
    assert (pictures.classes, len(pictures)) == (("cat", "dog"), 40)
