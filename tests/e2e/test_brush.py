"""The brush in a real browser: the collage is live under the hand, Python hears once, the address keeps the mask."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from studio.services.painted import HALF, Painted

ROOT = Path(__file__).resolve().parents[2]
SIZE = 64
COMMAND = [
    *(sys.executable, "-m", "streamlit", "run", "app.py"),
    "--server.port={port}",
    "--server.address=127.0.0.1",
    "--server.headless=true",
    "--server.fileWatcherType=none",
    "--browser.gatherUsageStats=false",
]
SCRIPT = """
import numpy as np
import streamlit as st
from studio.scrubber.brush import brush
from studio.services.painted import HALF, Painted
from studio.services.regions import named

st.set_page_config(layout="wide")
state, query = st.session_state, st.query_params
state.runs = state.get("runs", 0) + 1
st.text(f"run {state.runs} of the script")
if st.button("all to A"):
    query["mask"] = str(Painted((0,) * 32, 2))
painted = Painted.read(query["mask"]) if "mask" in query else HALF
rng = np.random.default_rng(0)
a, b = (rng.integers(0, 256, (64, 64, 3)).astype(np.uint8) for _ in range(2))
labels = np.zeros((8, 8), int)
labels[:2, :2], labels[5:, 4:] = 1, 2
def hear(new):
    query["mask"] = str(new)
regions = (named(labels), named(labels.T))
brush(a, b, painted, key="brush", name="Collage", titles=("left", "right"), regions=regions, on_paint=hear)
st.text(f"python has {painted}")
"""
GREY = np.array([0.299, 0.587, 0.114])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, serving: Callable) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("brush")
    (folder / "app.py").write_text(SCRIPT, "utf-8")
    command = [str(folder / "app.py") if word == "app.py" else word for word in COMMAND]
    with serving(command, folder, PYTHONPATH=str(ROOT)) as (url, _):
        yield url


@pytest.fixture(scope="module")
def cats() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return tuple(rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8) for _ in range(2))


def opened(page: Any, url: str) -> None:
    page.goto(url)
    page.locator('.brush[data-ready="true"]').wait_for()
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def mask(page: Any) -> str:
    return page.locator(".brush").get_attribute("data-mask")


def collage(page: Any) -> np.ndarray:
    """What is on the large canvas, uint8 `(64, 64, 3)`."""
    data = page.locator(".brush .collage").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return np.array(data, np.uint8).reshape(SIZE, SIZE, 4)[..., :3]


def wanted(cats: tuple[np.ndarray, np.ndarray], text: str) -> np.ndarray:
    share = Painted.read(text).mask(SIZE)[..., None]
    return (1 - share) * cats[0] + share * cats[1]


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """The same but for the rounding of a shade."""
    return bool(np.abs(a.astype(float) - b).max() <= 1)


def spot(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a cell lies on the screen."""
    box = page.locator(".brush .collage").bounding_box()
    return box["x"] + x / 32 * box["width"], box["y"] + y / 32 * box["height"]


def heard(page: Any, text: str) -> None:
    """Wait until Python has this mask."""
    page.get_by_text(f"python has {text}", exact=True).wait_for()


def runs(page: Any) -> int:
    return int(page.get_by_text(" of the script").inner_text().split()[1])


def test_the_collage_is_live_python_hears_once_and_the_address_keeps_it(page: Any, server: str, cats: tuple) -> None:
    opened(page, server)
    assert mask(page) == str(HALF)
    assert near(collage(page), wanted(cats, str(HALF)))
    before, sent = runs(page), len(page.sent)
    page.mouse.move(*spot(page, 4.5, 4.5))
    page.mouse.down()
    seen = [mask(page)]
    for x in (8, 12):
        page.mouse.move(*spot(page, x, 4.5), steps=4)
        page.wait_for_timeout(100)
        seen.append(mask(page))
        assert near(collage(page), wanted(cats, seen[-1]))
    assert len(set(seen)) == 3
    assert len(page.sent) == sent  # not a word to the server while the hand paints
    page.mouse.up()
    page.mouse.move(*spot(page, 6.5, 20.5))
    page.mouse.down()
    page.mouse.up()
    text = mask(page)
    cells = Painted.read(text).cells
    assert cells[4, 4:12].all()
    assert cells[20, 6]
    assert not cells[10, :16].any()
    heard(page, text)
    assert runs(page) == before + 1  # two strokes, one word
    assert text in unquote(page.url)
    page.reload()
    page.locator('.brush[data-ready="true"]').wait_for()
    assert mask(page) == text
    heard(page, text)
    assert near(collage(page), wanted(cats, text))


@pytest.mark.parametrize("seed", range(3))
def test_every_mask_is_read_and_softened_in_the_browser_as_in_python(
    page: Any, server: str, cats: tuple, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    text = str(Painted.of(rng.random((32, 32)) < 0.5, 2 * seed))
    opened(page, f"{server}/?mask={text}")
    assert mask(page) == text
    assert near(collage(page), wanted(cats, text))
    page.get_by_role("button", name="Swap").click()
    swapped = Painted.of(~Painted.read(text).cells, 2 * seed)
    heard(page, str(swapped))
    assert near(collage(page), wanted(cats, str(swapped)))


def test_a_region_is_shown_as_it_would_be_and_given_by_a_click(page: Any, server: str, cats: tuple) -> None:
    opened(page, server)
    chip = page.get_by_role("button", name="Cat A, group 2, 6%, top left")
    chip.hover()
    page.wait_for_timeout(200)
    assert mask(page) == str(HALF)  # pointing changes nothing
    given = Painted.of(HALF.cells | (np.add.outer(np.arange(32), np.zeros(32)) < 8) & (np.arange(32) < 8))
    would, region = wanted(cats, str(given)), given.cells & ~HALF.cells
    large = region.repeat(2, 0).repeat(2, 1)
    shown = collage(page)
    assert near(shown[large], would[large])
    assert near(shown[~large], np.repeat((0.3 * would @ GREY)[..., None], 3, -1)[~large])
    chip.click()
    heard(page, str(given))
    page.get_by_role("radio", name="Give to A").click()
    page.get_by_role("button", name="Cat B, group 2").click()
    heard(page, str(HALF))
    page.get_by_role("button", name="Undo").click()
    heard(page, str(given))


def test_keys_paint_too(page: Any, server: str) -> None:
    opened(page, server)
    page.locator(".brush .collage").focus()
    for key in ("a", "[", "[", "["):
        page.keyboard.press(key)
    assert page.locator(".brush .size").input_value() == "1"
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    cells = HALF.cells
    cells[16, 16:20] = False
    heard(page, str(Painted.of(cells)))
    for key in ("ArrowDown", "b", "ArrowLeft", "z"):
        page.keyboard.press(key)
    cells[16, 19] = True
    heard(page, str(Painted.of(cells)))
    page.keyboard.press("x")
    heard(page, str(Painted.of(~cells)))
    page.locator(".brush .soft").focus()
    page.keyboard.press("ArrowRight")
    heard(page, str(Painted.of(~cells, 2)))
    page.get_by_role("button", name="All B").click()
    heard(page, "2~ffffffff*32")


def test_python_has_the_last_word_and_the_hand_starts_anew(page: Any, server: str) -> None:
    opened(page, server)
    page.get_by_role("button", name="Swap").click()
    heard(page, str(Painted.of(~HALF.cells)))
    assert page.get_by_role("button", name="Undo").is_enabled()
    page.get_by_role("button", name="all to A").click()
    page.locator('.brush[data-mask="2~00000000*32"]').wait_for()
    heard(page, "2~00000000*32")
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_a_finger_paints_and_a_narrow_window_has_the_collage_first(browser: Any, server: str) -> None:
    context = browser.new_context(viewport={"width": 480, "height": 900}, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(150_000)
    opened(page, server)
    page.touchscreen.tap(*spot(page, 3.5, 3.5))
    cells = Painted.read(mask(page)).cells
    assert cells[3, 3]
    assert not cells[12:, :16].any()
    heard(page, mask(page))
    board, small = (page.locator(f".brush {name}").first.bounding_box() for name in (".board", ".side"))
    assert board["y"] + board["height"] <= small["y"]
    assert board["x"] + board["width"] <= 480
    context.close()
