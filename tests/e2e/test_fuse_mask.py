"""Masked fusion in a real browser: what is painted is fused, also while a film is being made, and a link shows it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from studio.recipe import Recipe
from studio.services import mask, mask_film
from studio.services.cats import Cat
from studio.services.mask import Ask
from studio.services.painted import HALF, Painted

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [
    *(sys.executable, "-m", "streamlit", "run", "app.py"),
    "--server.port={port}",
    "--server.address=127.0.0.1",
    "--server.headless=true",
    "--server.fileWatcherType=none",
    "--browser.gatherUsageStats=false",
]
SCRIPT = """
import streamlit as st
from studio import state, widgets
from studio.panels import fuse_mask
from studio.recipe import Recipe
from studio.services import generate
from studio.services.cats import Cat
st.set_page_config(layout="wide")
st.html(widgets.STYLE)
with widgets.errors():
    state.notices()
    fuse_mask.show(generate.complete(Recipe("tiny", steps=8, start=0.5)), (Cat(seed=1), Cat(seed=2)))
"""
TWO = Cat(seed=1), Cat(seed=2)
FRAME = 4  # of the nine from 0 to 1


@pytest.fixture(scope="module")
def server(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory, serving: Callable) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("fuse-mask")
    (folder / "checkpoints").symlink_to(tiny_home / "checkpoints")
    (folder / "app.py").write_text(SCRIPT, "utf-8")
    command = [str(folder / "app.py") if word == "app.py" else word for word in COMMAND]
    with serving(command, folder, PYTHONPATH=str(ROOT)) as (url, _):
        yield url


def painted(page: Any) -> str:
    return page.locator(".brush[data-ready=true]").get_attribute("data-mask")


def fused(page: Any, text: str) -> None:
    """Wait until the film of this mask is finished and measured."""
    share = int(100 * Painted.read(text).share + 0.5)
    page.get_by_text(f"{100 - share}% of seed 1, {share}% of seed 2").first.wait_for()
    page.get_by_text("Numbers at start = 50% of the chain").wait_for()
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def panes(page: Any) -> list[np.ndarray]:
    found = page.locator(".st-key-masked .picture canvas").evaluate_all(
        """all => all.map(c => Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data))"""
    )
    return [np.array(data, np.uint8).reshape(16, 16, 4)[..., :3] for data in found]


def made(text: str) -> list[np.ndarray]:
    """What the panes must show."""
    *_, film = mask_film.film(Ask(Recipe("tiny", steps=8), TWO, Painted.read(text)))
    return [film.cut, *(film.pictures[name][FRAME] for name in mask.methods())]


def test_what_is_painted_is_fused_and_a_link_shows_it(page: Any, server: str, home: Path, until: Callable) -> None:
    page.goto(server)
    fused(page, str(HALF))
    shows = lambda text: [np.abs(a.astype(int) - b).max() for a, b in zip(panes(page), made(text), strict=True)]  # noqa: E731
    until(lambda: max(shows(str(HALF))) <= 1)
    page.get_by_role("button", name="All A").click()
    page.get_by_role("button", name="Cat B, group 2").click()
    page.get_by_role("button", name="Cancel").wait_for()  # a film is being made
    box = page.locator(".brush .collage").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 20, steps=5)
    page.mouse.up()
    text = painted(page)
    assert Painted.read(text).cells[1, 2:5].any()
    fused(page, text)
    assert painted(page) == text
    until(lambda: max(shows(text)) <= 1)
    assert text in unquote(page.url)
    page.goto(page.url)
    fused(page, text)
    assert painted(page) == text
    until(lambda: max(shows(text)) <= 1)
