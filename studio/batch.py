"""A batch of pictures as files to download: a PNG each with its own recipe inside, and a zip of them all."""

import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from engines.home import home
from studio.recipe import Recipe
from studio.services import animate


def folder(name: str = "batches") -> Path:
    """Where such files lie until they are cleared away: in the user's own folder."""
    path = home() / "cache" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def recipes(first: Recipe, number: int) -> list[Recipe]:
    """The recipe of each picture of a batch; their seeds count up."""
    return [replace(first, seed=first.seed + i) for i in range(number)]


@contextmanager
def written(each: Sequence[Recipe], pictures: np.ndarray) -> Iterator[tuple[list[str], str]]:
    """Write `pictures`, uint8 `(N, H, W, 3)`: the PNG files and the zip, there until the block ends."""
    with tempfile.TemporaryDirectory(dir=folder()) as place:
        yield _write(each, pictures, Path(place))


def _write(each: Sequence[Recipe], pictures: np.ndarray, place: Path) -> tuple[list[str], str]:
    files = []
    for recipe, picture in zip(each, pictures, strict=True):
        files.append(place / f"{recipe.checkpoint}-seed-{recipe.seed:06d}.png")
        files[-1].write_bytes(animate.png(recipe, picture))
    archive = place / f"{each[0].checkpoint}-seeds-{each[0].seed}-to-{each[-1].seed}.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in files:
            out.write(file, file.name)
        settings = json.loads(each[0].to_json())
        out.writestr("recipe.json", json.dumps({**settings, "number": len(files)}, indent=2))
    return [str(file) for file in files], str(archive)
