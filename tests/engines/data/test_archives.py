import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.data.archives import unsafe
from engines.data.sources import load

Encode = Callable[..., bytes]


def _zip(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> str:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return str(path)


@pytest.mark.parametrize("name", ["../x.png", "a/../../x.png", "/x.png", "C:/x.png", "C:x.png", "..\\x.png", "\\x.png"])
def test_names_that_could_leave_a_folder_are_unsafe(name: str) -> None:
    assert unsafe(name)


@pytest.mark.parametrize("name", ["x.png", "a/b/x.png", "a..b/x..png", "a/...png", "Ünï/ca t.png"])
def test_ordinary_names_are_safe(name: str) -> None:
    assert not unsafe(name)


def test_unsafe_names_are_skipped_and_nothing_is_written(tmp_path: Path, encoded: Encode) -> None:
    members = {name: encoded(1) for name in ("../../slip.png", "/whisker-slip.png", "a\\slip.png", "cat/good.png")}
    pictures = load(_zip(tmp_path / "z.zip", members), 16)
    assert pictures.names == ("cat/good.png",)
    assert {skip.name: skip.reason for skip in pictures.skipped} == {
        name: "unsafe name" for name in members if "slip" in name
    }
    assert not list(tmp_path.parent.rglob("*slip*"))
    assert not Path("/whisker-slip.png").exists()


def test_bombs_are_skipped_unread(tmp_path: Path, encoded: Encode, monkeypatch: pytest.MonkeyPatch) -> None:
    members = {"zeros.png": bytes(20 << 20), "good.png": encoded(1)}
    source = _zip(tmp_path / "z.zip", members, zipfile.ZIP_DEFLATED)
    opened: list[str] = []
    real_open = zipfile.ZipFile.open

    def spy(self: zipfile.ZipFile, info: zipfile.ZipInfo, *rest: object) -> object:
        opened.append(info.filename)
        return real_open(self, info, *rest)

    monkeypatch.setattr(zipfile.ZipFile, "open", spy)
    pictures = load(source, 16)
    assert [(skip.name, skip.reason) for skip in pictures.skipped] == [("zeros.png", "decompression bomb")]
    assert opened == ["good.png"]


def test_odd_members_are_skipped_or_ignored(tmp_path: Path, encoded: Encode) -> None:
    members = {
        "__MACOSX/cat/._a.png": b"resource fork",
        "cat/.hidden.png": b"",
        "cat/": b"",
        "cat/folder.png/": b"",
        "cat/README.md": b"notes",
        "cat/more.zip": b"PK",
        "cat/a.png": encoded(1),
        "cat/deep/er/b.PNG": encoded(2),
        "cat/c.png": b"",
    }
    pictures = load(_zip(tmp_path / "z.zip", members), 16)
    assert pictures.names == ("cat/a.png", "cat/deep/er/b.PNG")
    assert {skip.name: skip.reason for skip in pictures.skipped} == {
        "cat/more.zip": "an archive inside",
        "cat/c.png": "not a JPEG, PNG, WebP, GIF or BMP",
    }


def test_damaged_and_encrypted_members_are_skipped(tmp_path: Path, encoded: Encode) -> None:
    names = ("a.png", "b.png", "c.png", "d.png")
    data = bytearray(Path(_zip(tmp_path / "z.zip", {name: encoded(i) for i, name in enumerate(names)})).read_bytes())
    directory = {name: data.rindex(name.encode()) - 46 for name in names}  # a directory entry is 46 bytes and the name
    data[data.index(b"b.png") + 60] ^= 255  # breaks the checksum
    data[directory["c.png"] + 8] |= 1  # says that it is encrypted
    data[directory["d.png"] + 10] = 99  # a method of compression that does not exist
    (tmp_path / "z.zip").write_bytes(data)
    pictures = load(str(tmp_path / "z.zip"), 16)
    assert pictures.names == ("a.png",)
    assert {skip.name: skip.reason for skip in pictures.skipped} == {
        "b.png": "truncated or damaged",
        "c.png": "encrypted",
        "d.png": "truncated or damaged",
    }


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "z.zip").write_bytes(data)
    with pytest.raises(ValueError, match=r"not a readable zip|has no pictures") as error:
        load(str(tmp_path / "z.zip"), 16)
    assert "\n" not in str(error.value)


def test_a_cut_zip_is_refused(tmp_path: Path, encoded: Encode) -> None:
    path = Path(_zip(tmp_path / "z.zip", {f"{i}.png": encoded(i) for i in range(4)}))
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(ValueError, match="not a readable zip"):
        load(str(path), 16)


def test_folders_skip_what_is_no_file(tmp_path: Path, encoded: Encode) -> None:
    folder = tmp_path / "cats"
    folder.mkdir()
    (folder / "good.png").write_bytes(encoded(1))
    os.mkfifo(folder / "pipe.png")
    (folder / "broken.png").symlink_to(folder / "nowhere")
    (folder / "loop").symlink_to(folder)
    with (folder / "huge.png").open("wb") as file:
        file.truncate((64 << 20) + 1)
    pictures = load(str(folder), 16)
    assert pictures.names == ("good.png",)
    assert {skip.name: skip.reason for skip in pictures.skipped} == {
        "pipe.png": "not a regular file",
        "broken.png": "unreadable",
        "huge.png": "larger than 64 MB",
    }
    assert stat.S_ISFIFO((folder / "pipe.png").stat().st_mode)


def test_a_folder_is_its_zip(tmp_path: Path, encoded: Encode) -> None:
    members = {f"{kind}/{i}.png": encoded(i, side=20) for i, kind in enumerate(["cat", "dog"] * 4)}
    for name, data in members.items():
        (tmp_path / "f" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "f" / name).write_bytes(data)
    a, b = load(str(tmp_path / "f"), 16), load(_zip(tmp_path / "z.zip", members, zipfile.ZIP_DEFLATED), 16)
    np.testing.assert_array_equal(a.images, b.images)
    np.testing.assert_array_equal(a.labels, b.labels)
    assert (a.names, a.classes, a.splits.tolist()) == (b.names, ("cat", "dog"), b.splits.tolist())
