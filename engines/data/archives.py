"""The picture files of a folder or a zip, by name. Nothing is ever unpacked to disk, and no read is unbounded."""

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from engines.data.listing import Member, Rejected, Skipped

PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".avif")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar")
LABELS = "dataset.json"
MAX_BYTES = 64 << 20
_MAX_RATIO = 100  # of a compressed member that unpacks to more than a megabyte; photographs stay near 1

Entry = Member | Skipped


def folder_entries(root: Path) -> list[Entry]:
    """Every picture below a folder, sorted by name, and `dataset.json` if it is there."""
    entries: list[Entry] = []
    for folder, _, files in os.walk(root):
        for file in files:
            path = Path(folder, file)
            name = path.relative_to(root).as_posix()
            if kind := _kind(name):
                entries.append(kind if isinstance(kind, Skipped) else _file(name, path))
    return sorted(entries, key=lambda entry: entry.name)


def zip_entries(archive: zipfile.ZipFile) -> list[Entry]:
    """Every picture of a zip, sorted by name, and `dataset.json` if it is there."""
    return sorted(_zip_entries(archive), key=lambda entry: entry.name)


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip for reading; ValueError in one line if it is not one."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise ValueError(f"{path} is not a readable zip ({error}); make it again or give its folder.") from error


def stamp(path: Path) -> str:
    """What tells one version of a file from another without reading it: place, length and time of change."""
    found = path.stat()
    return f"{path} {found.st_size} {found.st_mtime_ns}"


def _kind(name: str) -> str | Skipped:
    """`picture` or `labels`, a reason to skip, or nothing for what is no business of ours (notes, hidden files)."""
    parts = name.split("/")
    if any(part.startswith((".", "__MACOSX")) for part in parts):
        return ""
    if name == LABELS:
        return "labels"
    if parts[-1].lower().endswith(ARCHIVES):
        return Skipped(name, "an archive inside")
    return "picture" if parts[-1].lower().endswith(PICTURES) else ""


def _file(name: str, path: Path) -> Entry:
    try:
        found = path.stat()
    except OSError:
        return Skipped(name, "unreadable")
    if not stat.S_ISREG(found.st_mode):  # reading a pipe would wait forever
        return Skipped(name, "not a regular file")
    return Skipped(name, "larger than 64 MB") if found.st_size > MAX_BYTES else Member(name, partial(_read_file, path))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise Rejected("unreadable") from error


def _zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    for info in archive.infolist():
        name = info.orig_filename
        if unsafe(name):
            yield Skipped(name, "unsafe name")
        elif not info.is_dir() and (kind := _kind(name)):
            yield kind if isinstance(kind, Skipped) else _zipped(archive, info)


def unsafe(name: str) -> bool:
    """Whether unpacking a member of this name could write outside the folder it is unpacked to."""
    parts = re.split(r"[/\\]", name)
    return ".." in parts or not parts[0] or bool(re.match("[A-Za-z]:", name)) or "\0" in name or "\\" in name


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    if info.flag_bits & 1:
        return Skipped(info.filename, "encrypted")
    if info.file_size > 1 << 20 and info.file_size > _MAX_RATIO * info.compress_size:
        return Skipped(info.filename, "decompression bomb")
    if info.file_size > MAX_BYTES:
        return Skipped(info.filename, "larger than 64 MB")
    return Member(info.filename, partial(_read_zipped, archive, info))


def _read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as file:
            return file.read(MAX_BYTES)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Rejected("truncated or damaged") from error
