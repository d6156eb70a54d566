"""Every page of the menu, run by Streamlit's own test harness; and the wall of samples on the first."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from engines.images import grid
from studio.navigation import GRADIO, PAGES, ROOT, Page
from studio.services import fuse, library
from studio.wall import TILE, wall

APP = str(ROOT / "studio" / "app.py")


def opened(page: Page) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=180)
    app.run()
    return app if page is PAGES[0] else app.switch_page(str(page.file)).run()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_runs_with_a_checkpoint(page: Page, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHISKER_GRADIO", GRADIO)
    few = fuse.rows("ddpm-cat-64")[:2]
    monkeypatch.setattr(fuse, "rows", lambda checkpoint: few)  # all rows, with their searches, take minutes
    app = opened(page)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == ("Whisker" if page.name == "home" else page.title)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_runs_without_any_checkpoint(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "checkpoints", lambda can="": [])
    app = opened(page)
    assert not app.exception
    assert "python" in app.info[0].value  # what to do about it


def test_a_page_is_a_file_a_path_and_not_gradios() -> None:
    assert all(page.file.is_file() for page in PAGES)
    names = [page.name for page in PAGES]
    assert len(set(names)) == len(names)
    assert GRADIO.strip("/") not in names


@pytest.mark.parametrize("name", [path.stem for path in (ROOT / "pages").glob("*.py")])
def test_every_page_file_is_in_the_menu(name: str) -> None:
    assert name in [page.name for page in PAGES]


def test_generate_hands_its_address_on_to_the_frame(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHISKER_GRADIO", GRADIO)
    app = AppTest.from_file(str(ROOT / "pages" / "generate.py"))
    app.query_params["seed"] = "7"
    app.query_params["label"] = "a&b"
    app.run()
    frame = app.get("iframe")[0].proto
    assert frame.src == "/gradio/?seed=7&label=a%26b&__theme=light"


def test_generate_without_the_server_is_a_hint_not_an_empty_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHISKER_GRADIO", raising=False)
    app = AppTest.from_file(str(ROOT / "pages" / "generate.py")).run()
    assert "python3 -m studio" in app.info[0].value
    assert not app.get("iframe")


def test_each_tile_of_the_wall_shows_its_own_sample_and_leads_to_its_seed(home: Path, tmp_path: Path) -> None:
    entry = next(entry for entry in library.checkpoints() if entry.name == "tiny")
    pictures = np.stack([np.full((16, 16, 3), i, np.uint8) for i in range(64)])
    samples = tmp_path / "samples.png"
    Image.fromarray(grid(pictures, 8)).save(samples)
    html = wall(library.Entry(**vars(entry) | {"samples": samples}), 24)

    width, height = (float(size) for size in re.search(r"background-size: ([\d.]+)px ([\d.]+)px", html).groups())
    sheet = Image.open(samples)
    scale = TILE / 16
    assert (width, height) == (sheet.width * scale, sheet.height * scale)
    link = r'href="/denoise\?checkpoint=tiny&amp;seed=(\d+)&amp;label=(\w+)".*?position:(-?[\d.]+)px (-?[\d.]+)px'
    tiles = re.findall(link, html)
    assert [int(seed) for seed, *_ in tiles] == list(range(24))
    assert [label for _, label, *_ in tiles] == ["cat", "dog"] * 12  # the classes took turns
    for seed, _, x, y in tiles:
        corner = (-float(x) / scale, -float(y) / scale)
        assert sheet.getpixel(corner) == (int(seed),) * 3
        assert sheet.getpixel((corner[0] + 15, corner[1] + 15)) == (int(seed),) * 3
