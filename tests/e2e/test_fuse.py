"""The Fuse page in a real browser: two photos in, λ under the hand, and out come a film and the command's own bits."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from engines.data.sources import load
from engines.home import ROOT
from studio.services import formats
from studio.services.fuse import POINTS

WAYS = ("blend", "tiny:shared", "tiny:slerp")


@pytest.fixture(scope="module")
def served(
    tiny_home: Path, tmp_path_factory: pytest.TempPathFactory, serving: Callable, studio_command: list[str]
) -> Iterator[tuple[str, Path]]:
    home = tmp_path_factory.mktemp("served-fuse")
    (home / "checkpoints").symlink_to(tiny_home / "checkpoints")
    with serving(studio_command, home) as (url, _):
        yield url, home


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two cats as a person would have them: not square."""
    folder, files = tmp_path_factory.mktemp("photos"), []
    for i, picture in enumerate(load("drawn", 96, limit=2).images):
        wide = np.pad(picture, ((0, 0), (32, 32), (0, 0)), mode="edge")
        files.append(folder / f"cat{i}.png")
        Image.fromarray(wide).save(files[-1])
    return files


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def address(url: str) -> str:
    return f"{url}/fuse?checkpoint=tiny&steps=4&" + "&".join(f"ways={way}" for way in WAYS)


def upload(page: Any, slot: str, photo: Path) -> None:
    """Drop a photo on a cat's picker and keep the square that the crop tool proposes."""
    page.locator(f".st-key-cat-{slot}").get_by_text("Upload", exact=True).click()
    page.locator(f".st-key-cat-{slot}-file input[type=file]").set_input_files(photo)
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    page.wait_for_url(f"**{slot}=photo*")
    page.get_by_role("dialog").wait_for(state="hidden")


def whole(page: Any) -> None:
    """All rows are there, and their numbers."""
    page.locator(f'.scrubber[data-frames="{POINTS + 1}"]').wait_for()
    page.get_by_text("Numbers at λ").wait_for()
    idle(page)


def rows(page: Any) -> np.ndarray:
    """The large picture of each row, uint8 `(N, H, W, 3)`."""
    found = page.locator(".scrubber .picture canvas").evaluate_all(
        """all => all.map(c => [c.height, c.width,
                                 Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data)])"""
    )
    return np.stack([np.array(data, np.uint8).reshape(height, width, 4)[..., :3] for height, width, data in found])


def film(page: Any, kind: str) -> bytes:
    """Write a film in the open dialog and download it."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(kind, exact=True).first.click()
    dialog.get_by_role("button", name=f"Write the {kind}").click()
    with page.expect_download() as got:
        dialog.get_by_role("button", name=f"Download the {kind}").click()
    return Path(got.value.path()).read_bytes()


def test_two_photos_become_a_path_a_film_and_the_commands_own_bits(
    page: Any, served: tuple[str, Path], photos: list[Path], tmp_path: Path, until: Callable
) -> None:
    url, home = served
    page.goto(address(url))
    idle(page)
    for slot, photo in zip("ab", photos, strict=True):
        upload(page, slot, photo)
    whole(page)

    rail = page.locator(".rail .track").bounding_box()
    before, seen = len(page.sent), {}
    page.mouse.move(rail["x"] + rail["width"] / 2, rail["y"] + rail["height"] / 2)
    page.mouse.down()
    for share, frame in ((0.001, 0), (0.999, POINTS), (0.5, POINTS // 2)):
        page.mouse.move(rail["x"] + share * rail["width"], rail["y"] + rail["height"] / 2, steps=3)
        page.locator(f'.scrubber[data-frame="{frame}"]').wait_for()
        seen[frame] = rows(page)
    assert len(page.sent) == before  # not a word to the server while the hand moves
    page.mouse.up()
    first, last, middle = seen[0], seen[POINTS], seen[POINTS // 2]
    assert first.shape == (len(WAYS), 16, 16, 3)
    assert np.abs(first[0].astype(int) - last[0]).mean() > 10
    assert np.abs(middle[0].astype(int) - (first[0].astype(int) + last[0]) / 2).max() <= 2  # the blend
    assert not np.array_equal(middle[0], middle[1])

    kept = [
        home / "photos" / f"{parse_qs(urlsplit(page.url).query)[slot][0].removeprefix('photo:')}.png" for slot in "ab"
    ]
    for row, way in enumerate(("blend", "shared", "slerp")):
        out = tmp_path / f"{way}.png"
        command = [sys.executable, "-m", "engines", "fuse", "tiny", *map(str, kept), "--lam", "0.5", "--steps", "4"]
        command += ["--method", way, "--out", str(out)]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"WHISKER_HOME": str(home)}, check=True)
        assert np.array_equal(np.asarray(Image.open(out)), middle[row]), way

    page.get_by_role("button", name="Animate it").click()
    gif, mp4 = film(page, "GIF"), film(page, "MP4")
    with Image.open(io.BytesIO(gif)) as opened:
        assert opened.n_frames >= POINTS + 1
        assert opened.size[0] % 16 == 0
    frames = iio.imread(mp4, extension=".mp4")
    assert len(frames) >= POINTS + 1
    for data in (gif, mp4):
        recipe, _ = formats.read(data)
        assert recipe.checkpoint == "tiny"
        assert recipe.view.startswith("fuse?")
        assert "photo:" in recipe.view


def test_a_reload_shows_the_same_path(page: Any, served: tuple[str, Path]) -> None:
    url, _ = served
    page.goto(address(url) + "&a=seed:5&b=seed:8&start=0.75")
    whole(page)
    before = rows(page)
    page.reload()
    whole(page)
    assert np.array_equal(rows(page), before)


def test_a_hand_on_a_row_moves_all_rows(page: Any, served: tuple[str, Path]) -> None:
    url, _ = served
    page.goto(address(url))
    whole(page)
    path = page.locator(".path canvas").nth(1).bounding_box()
    page.mouse.move(path["x"] + path["width"] * 0.5, path["y"] + path["height"] / 2)
    page.mouse.down()
    page.mouse.move(path["x"] + path["width"] * 0.001, path["y"] + path["height"] / 2, steps=3)
    page.locator('.scrubber[data-frame="0"]').wait_for()
    page.mouse.up()
    page.get_by_text("Numbers at λ = 0", exact=True).wait_for()
