"""The folder of a set of pairs: what is in it, written whole or not at all; and who is working on it."""

import io
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

PICTURES, RECORDS, CONFIG, SCORES, SHEET = "pairs", "pairs.jsonl", "config.json", "scores.json", "sheet.png"
PROGRESS, STOP, LOCK, CODES = "progress.json", "stop", ".lock", "codes"  # while it is being worked on
A, FUSED, B = WHICH = ("-a", "", "-b")


@dataclass(frozen=True)
class Record:
    """One pair: what was fused, with which seed of the noise, and what came out, measured as `fusion.measures` does.

    Distances are 1 − cosine of features; `brightness` is of 255; `noise` is the standard deviation of the mixed noise,
    None where nothing is noise.
    """

    pair: int
    a: str
    b: str
    seed: int
    brightness_a: float
    brightness_b: float
    to_a: float
    to_b: float
    apart: float
    balance: float
    detail: float
    cat: float
    noise: float | None
    verdict: str


@dataclass(frozen=True)
class Progress:
    """`done` of about `total` network calls of this sitting, after `seconds`; `pairs` are finished, of `of`."""

    done: int
    total: int
    pairs: int
    of: int
    doing: str
    seconds: float


def picture(folder: Path, pair: int, which: str = FUSED) -> Path:
    """Where a fused picture lies, or one of its parents, `A` or `B`."""
    return folder / PICTURES / f"{pair:03d}{which}.png"


def records(folder: Path) -> list[Record]:
    """The finished pairs, in their order; a line that was cut short ends them."""
    found: list[Record] = []
    names = {field.name for field in fields(Record)}
    for line in _text(folder / RECORDS).splitlines():
        with suppress(ValueError):
            values = json.loads(line)
            if isinstance(values, dict) and set(values) == names and values["pair"] == len(found):
                found.append(Record(**values))
                continue
        break
    return found


def keep(folder: Path, finished: Sequence[Record], pictures: Sequence[np.ndarray]) -> None:
    """Add the last of the `finished` pairs: `pictures`, uint8 `(H, W, 3)`, are a, the fused one and b.

    Its line comes after its pictures, so what has a line is complete.
    """
    for which, pixels in zip(WHICH, pictures, strict=True):
        write_picture(picture(folder, finished[-1].pair, which), pixels)
    lines = (json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in finished)
    _write(folder / RECORDS, "".join(lines).encode())
    for which in (A, B):
        (folder / CODES / f"{finished[-1].pair:03d}{which}.npy").unlink(missing_ok=True)


def write_picture(file: Path, pixels: np.ndarray) -> None:
    """Write a PNG, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    Image.fromarray(pixels).save(part, "PNG")
    os.replace(part, file)


def keep_code(folder: Path, pair: int, which: str, code: np.ndarray) -> None:
    """Keep what a picture was encoded to until its pair is finished: searching for it took longest."""
    file = folder / CODES / f"{pair:03d}{which}.npy"
    file.parent.mkdir(exist_ok=True)
    buffer = io.BytesIO()
    np.save(buffer, code, allow_pickle=False)
    _write(file, buffer.getvalue())


def kept_code(folder: Path, pair: int, which: str) -> np.ndarray | None:
    """What was kept; None if it was not."""
    with suppress(OSError, ValueError, EOFError):
        return np.load(folder / CODES / f"{pair:03d}{which}.npy", allow_pickle=False)
    return None


def read_json(file: Path) -> Any:
    """What a JSON file holds; None if there is none or it is damaged."""
    try:
        return json.loads(_text(file))
    except ValueError:
        return None


def write_json(file: Path, values: Any) -> None:
    """Write a JSON file, whole or not at all."""
    _write(file, (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode())


def progress(folder: Path) -> Progress | None:
    """How far whoever works on the folder has come; None if that is not known."""
    values = read_json(folder / PROGRESS)
    with suppress(TypeError):
        return Progress(**values)
    return None


def ask_to_stop(folder: Path) -> None:
    """Have whoever works on the folder stop after the step that it is at."""
    (folder / STOP).touch()


def told_to_stop(folder: Path) -> bool:
    """Whether somebody asked; asking once is heard once."""
    there = (folder / STOP).exists()
    (folder / STOP).unlink(missing_ok=True)
    return there


@contextmanager
def working(folder: Path) -> Iterator[None]:
    """Be the only one who works on the folder; ValueError if somebody else is. It ends with the process, however."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as file:
        for _ in range(20):  # `busy` holds it for an instant
            if _lock(file):
                break
            time.sleep(0.05)
        else:
            raise ValueError(f"Another process is fusing into {folder}; wait for it, or name another folder.")
        yield


def busy(folder: Path) -> bool:
    """Whether a process is working on the folder at this moment."""
    if not (folder / LOCK).is_file():
        return False
    with (folder / LOCK).open("ab") as file:
        return not _lock(file)


def _lock(file: IO[bytes]) -> bool:
    """Take a lock that the system gives back when the process ends, killed or not."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _write(file: Path, data: bytes) -> None:
    part = file.with_name(file.name + ".part")
    part.write_bytes(data)
    os.replace(part, file)
