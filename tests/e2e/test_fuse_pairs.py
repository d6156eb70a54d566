"""Pairs in a real browser: begun by one button, followed without a hand, cancelled, gone on with, taken along."""

import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engines.home import ROOT

SCRIPT = """
import streamlit as st

from studio import widgets
from studio.panels import fuse_pairs
from studio.recipe import Recipe

st.html(widgets.STYLE)
with widgets.errors():
    fuse_pairs.show(Recipe("tiny", 0, "ddpm", 100, start=1.0))
"""


@pytest.fixture(scope="module")
def server(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory, serving: Callable) -> Iterator[str]:
    home = tmp_path_factory.mktemp("served-pairs")
    (home / "checkpoints").symlink_to(tiny_home / "checkpoints")
    (home / "page.py").write_text(SCRIPT)
    (home / "cats").mkdir()
    rng = np.random.default_rng(0)
    for i in range(80):
        Image.fromarray(rng.integers(40, 220, (16, 16, 3), np.uint8)).save(home / "cats" / f"{i:03d}.png")
    command = [sys.executable, "-m", "streamlit", "run", str(home / "page.py"), "--server.port", "{port}"]
    with serving([*command, "--server.headless", "true"], home, PYTHONPATH=str(ROOT)) as (url, _):
        yield f"{url}/?pairs_data={home / 'cats'}&pairs_way=p_sample_loop2,+as+written"


def test_pairs_are_followed_cancelled_gone_on_with_and_taken_along(
    page: Any, server: str, until: Callable, tmp_path: Path
) -> None:
    page.goto(f"{server}&pairs=30")
    page.get_by_role("button", name="Fuse 30 pairs").click()
    page.get_by_text(re.compile(r"Pair \d+ of 30 · .*\d+ (s|min) left")).wait_for()  # nobody clicked for this
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name=re.compile("Go on with pair|Fuse 30 pairs")).wait_for()
    page.reload()
    page.get_by_role("button", name=re.compile("Go on with pair|Fuse 30 pairs")).click()
    page.get_by_text("30 pairs are there").wait_for()
    page.get_by_text("30 pictures say little").wait_for()
    page.get_by_text("KD-lite0 of the parents").wait_for()
    page.get_by_text("Worst by balance").wait_for()
    until(lambda: page.locator("img[alt^='Pair']").count() == 5 + 5 + 30)
    assert "pairs=30" in page.url
    with page.expect_download() as download:
        page.get_by_role("button", name="All as a zip").click()
    download.value.save_as(tmp_path / "pairs.zip")
    with zipfile.ZipFile(tmp_path / "pairs.zip") as zipped:
        assert sum(name.endswith(".png") for name in zipped.namelist()) == 3 * 30 + 1
