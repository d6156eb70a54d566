"""A cat out of a photo in a real browser: uploaded, cropped by hand, kept, and the same by its address."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from PIL import Image

from studio.services import crops, photos
from studio.services.cats import Cat
from studio.services.crops import Box

ROOT = Path(__file__).resolve().parents[2]
WIDE, HIGH = 300, 200
SCRIPT = """
import streamlit as st
from studio import state, widgets
from studio.panels import cat

st.set_page_config(layout="wide")
st.html(widgets.STYLE)
left, right = st.columns([1, 3])
with left, widgets.errors():
    a, b = cat.pick("a", "tiny", "seed:1"), cat.pick("b", "tiny", "seed:2")
    state.notices()
    right.text(f"picked {a} {b}")
"""
COMMAND = [
    *(sys.executable, "-m", "streamlit", "run", "app.py"),
    "--server.port={port}",
    "--server.address=127.0.0.1",
    "--server.headless=true",
    "--server.fileWatcherType=none",
    "--browser.gatherUsageStats=false",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny_home: Path) -> Path:
    """The home of the server below."""
    home = tmp_path_factory.mktemp("cats")
    (home / "checkpoints").symlink_to(tiny_home / "checkpoints")
    return home


@pytest.fixture(scope="module")
def server(folder: Path, serving: Callable) -> Iterator[str]:
    script = folder / "app.py"
    script.write_text(SCRIPT, "utf-8")
    command = [str(script) if word == "app.py" else word for word in COMMAND]
    with serving(command, folder, PYTHONPATH=str(ROOT)) as (url, _):
        yield url


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of which every square is another one."""
    y, x = np.mgrid[:HIGH, :WIDE]
    Image.fromarray(np.stack([x * 255 // WIDE, y * 255 // HIGH, (x + y) % 256], 2).astype(np.uint8)).save(
        tmp_path / "photo.png"
    )
    return tmp_path / "photo.png"


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def at_rest(page: Any) -> None:
    """Wait until the tool stands still: its dialog may still be on its way."""
    field, places = page.locator(".crop .field"), []
    while len(places) < 4 or any(place != places[-1] for place in places[-4:]):
        page.wait_for_timeout(100)
        places.append(field.bounding_box())


def upload(page: Any, url: str, photo: Path) -> None:
    """Drop the photo on cat A and wait for the crop tool."""
    page.goto(url)
    page.get_by_text("picked seed:1 seed:2").wait_for()
    page.locator(".st-key-cat-a").get_by_text("Upload", exact=True).click()
    page.locator(".st-key-cat-a [data-testid=stFileUploader] input").set_input_files(photo)
    page.locator('.crop[data-ready="true"]').wait_for()
    idle(page)
    at_rest(page)


def box(page: Any) -> tuple[int, int, int]:
    return tuple(int(page.locator(".crop").get_attribute(f"data-{name}")) for name in ("left", "top", "side"))


def at(page: Any, left: int, top: int, side: int) -> None:
    page.locator(f'.crop[data-left="{left}"][data-top="{top}"][data-side="{side}"]').wait_for()


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the photo to another, in its pixels."""
    field = page.locator(".crop .field").bounding_box()
    times = field["width"] / WIDE
    page.mouse.move(field["x"] + start[0] * times, field["y"] + start[1] * times)
    page.mouse.down()
    page.mouse.move(field["x"] + end[0] * times, field["y"] + end[1] * times, steps=5)
    page.mouse.up()


def shown(page: Any) -> np.ndarray:
    """The small picture of cat A, as the browser has it."""
    source = page.locator(".st-key-cat-a [data-testid=stImage] img").get_attribute("src")
    return np.array(Image.open(io.BytesIO(page.request.get(urljoin(page.url, source)).body())).convert("RGB"))


def test_a_photo_is_dragged_over_kept_and_the_same_by_its_address(
    page: Any, server: str, photo: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISKER_HOME", str(folder))
    upload(page, server, photo)
    at(page, 50, 0, 200)
    drag(page, (150, 100), (190, 100))
    at(page, 90, 0, 200)
    drag(page, (92, 198), (132, 158))  # the lower left corner; the upper right one stays
    at(page, 130, 0, 160)
    drag(page, (20, 40), (80, 90))  # outside of it: a new one
    left, top, side = 20, 40, 60
    at(page, left, top, side)
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**a=photo**")
    idle(page)
    page.locator(".crop").wait_for(state="detached")
    digest = page.url.partition("a=photo%3A" if "%3A" in page.url else "a=photo:")[2][:16]
    page.get_by_text(f"picked photo:{digest} seed:2").wait_for()
    pixels = np.asarray(Image.open(photo))
    assert np.array_equal(photos.whole(digest), pixels[top : top + side, left : left + side])
    assert crops.origin(digest).box == Box(left, top, side)
    before = shown(page)
    page.reload()
    page.get_by_text(f"picked {Cat(photo=digest)} seed:2").wait_for()
    idle(page)
    assert np.array_equal(shown(page), before)
    assert np.array_equal(before[::4, ::4], photos.load(digest, 16))
    page.get_by_role("button", name="Crop", exact=True).click()
    page.locator('.crop[data-ready="true"]').wait_for()
    at(page, left, top, side)


def test_keys_the_wheel_and_double_clicks_move_it_and_python_hears_once(page: Any, server: str, photo: Path) -> None:
    upload(page, server, photo)
    page.locator(".crop .field").focus()
    page.keyboard.press("-")
    at(page, 50, 0, 200)  # it cannot be larger
    for _ in range(3):
        page.keyboard.press("+")
    side = round(200 / 1.08**3)
    page.locator(f'.crop[data-side="{side}"]').wait_for()
    left, top, _ = box(page)
    page.wait_for_timeout(1000)
    idle(page)
    before = len(page.sent)
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    at(page, left + 8, top - 1, side)
    assert len(page.sent) == before  # not a word while keys are pressed
    page.wait_for_timeout(1000)
    idle(page)
    assert len(page.sent) == before + 1
    page.keyboard.press("ArrowDown")
    at(page, left + 8, round((200 - 200 / 1.08**3) / 2 - 1 + 200 / 1.08**3 / 16), side)
    field = page.locator(".crop .field").bounding_box()
    times = field["width"] / WIDE
    page.mouse.move(field["x"] + 150 * times, field["y"] + 100 * times)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(300)
    assert box(page)[2] < side
    side = box(page)[2]
    page.mouse.dblclick(field["x"] + 120 * times, field["y"] + 110 * times)
    page.wait_for_timeout(300)
    left, top, same = box(page)
    assert same == side
    assert (left + side / 2, top + side / 2) == (pytest.approx(120, abs=1.5), pytest.approx(110, abs=1.5))
    page.get_by_role("button", name="Square", exact=True).click()
    at(page, 50, 0, 200)
    page.locator(".crop .field").focus()
    page.keyboard.press("+")
    page.keyboard.press("Home")
    at(page, 50, 0, 200)


def test_the_preview_shows_what_the_box_holds(page: Any, server: str, photo: Path) -> None:
    upload(page, server, photo)
    drag(page, (150, 100), (180, 100))
    at(page, 80, 0, 200)
    data = page.locator(".crop .preview").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, 64, 64).data)"
    )
    preview = np.array(data).reshape(64, 64, 4)[..., :2]
    expected = np.asarray(Image.open(photo))[:200, 80:280, :2].reshape(200, 200, 2)
    small = np.stack([np.asarray(Image.fromarray(expected[..., i]).resize((64, 64))) for i in range(2)], 2)
    assert np.abs(preview - small)[2:-2, 2:-2].max() <= 6


def test_a_finger_drags_and_two_fingers_zoom(browser: Any, server: str, photo: Path) -> None:
    context = browser.new_context(viewport={"width": 480, "height": 900}, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(150_000)
    upload(page, server, photo)
    client = context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        field = page.locator(".crop .field").bounding_box()
        times = field["width"] / WIDE
        points = [
            {"x": field["x"] + x * times, "y": field["y"] + y * times, "id": i} for i, (x, y) in enumerate(places)
        ]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (150, 100))
    for x in (140, 130, 120):
        touch("touchMove", (x, 100))
    touch("touchEnd")
    assert box(page) == (pytest.approx(20, abs=2), 0, 200)
    page.wait_for_timeout(600)  # Python has been told, and what it answers has come
    idle(page)
    at_rest(page)
    touch("touchStart", (100, 100), (140, 100))
    touch("touchMove", (90, 100), (150, 100))
    touch("touchMove", (80, 100), (160, 100))
    touch("touchEnd")
    assert box(page)[2] == pytest.approx(100, abs=3)  # twice as far apart, twice as close
    idle(page)
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**a=photo**")
    context.close()
