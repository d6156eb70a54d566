"""The Features page in a real browser: the drawing follows the hand, a node is picked, a fader goes down and back."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
from PIL import Image

from studio.recipe import from_png

ADDRESS = "features?checkpoint=tiny&steps=6&seed=3"
NODES = 12


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def open_page(page: Any, server: str, more: str = "") -> None:
    page.goto(f"{server}/{ADDRESS}{more}")
    page.locator('.st-key-film .scrubber[data-frame="5"][data-frames="6"]').wait_for()
    idle(page)


def drawn(page: Any, what: str) -> list[np.ndarray]:
    """What is on each canvas, uint8 `(H, W, 3)`."""
    found = page.locator(f"{what} canvas").evaluate_all(
        """all => all.map(c => [c.height, c.width,
                                Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data)])"""
    )
    return [np.array(data, np.uint8).reshape(height, width, 4)[..., :3] for height, width, data in found]


def bands(page: Any) -> list[float]:
    return page.locator(".network path.skip").evaluate_all("all => all.map(p => parseFloat(p.style.strokeWidth))")


def test_the_drawing_follows_the_hand_without_a_word_to_the_server(page: Any, server: str) -> None:
    open_page(page, server)
    page.locator(f'.network[data-ready="{NODES}"][data-frame="5"]').wait_for()
    late, widths = drawn(page, ".network"), bands(page)
    assert [picture.shape[0] for picture in late] == [16] * 2 + [8] * 6 + [16] * 4
    assert len(widths) == 4
    assert min(widths) > 0
    box = page.locator(".st-key-film .rail").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 12)
    page.mouse.down()
    before = len(page.sent)
    page.mouse.move(box["x"] + 5, box["y"] + 12, steps=4)
    page.locator('.network[data-frame="0"]').wait_for()
    early = drawn(page, ".network")
    assert bands(page) != widths
    assert len(page.sent) == before
    assert all((a != b).any() for a, b in zip(early, late, strict=True))
    page.mouse.up()


def test_a_click_on_a_node_picks_its_block_and_a_click_in_the_grid_its_channel(
    page: Any, server: str, until: Callable
) -> None:
    open_page(page, server)
    page.locator('.network button[data-name="down.2"]').click()
    page.wait_for_url("**block=down.2**")
    page.get_by_text("down.2 in colour").first.wait_for()
    assert page.locator('.network button[aria-pressed="true"]').get_attribute("data-name") == "down.2"
    page.get_by_role("tab", name="Layer", exact=True).click()
    page.get_by_text("down.2: all 32 channels").wait_for()
    page.locator('.maps[data-ready="2"]').wait_for()
    idle(page)
    before = drawn(page, ".maps")[1]
    box = page.locator(".maps .pickable").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 2.5 / 6, box["y"] + box["height"] * 1.5 / 6)  # third of the second row
    page.wait_for_url("**channel=8**")
    page.get_by_text("channel 8", exact=True).wait_for()
    until(lambda: (drawn(page, ".maps")[1] != before).any())


def changed(page: Any) -> np.ndarray:
    """The second picture of before and after, as it came."""
    source = page.locator(".st-key-skips-faded img").nth(1).get_attribute("src")
    return np.array(Image.open(io.BytesIO(page.request.get(urljoin(page.url, source)).body())))


def test_a_fader_changes_the_picture_and_back_at_one_it_is_the_same(page: Any, server: str, until: Callable) -> None:
    open_page(page, server, "&show=Skips")
    page.get_by_text("RMS difference 0 of").wait_for()
    even = changed(page)
    fader = page.locator(".st-key-fade-0 input[type=range]")
    fader.focus()
    page.keyboard.press("Home")
    page.wait_for_url("**fade-0=0**")
    page.get_by_text("RMS difference 0 of").wait_for(state="detached")
    idle(page)
    until(lambda: (changed(page) != even).any())
    page.get_by_role("button", name="All to 1").click()
    page.get_by_text("RMS difference 0 of").wait_for()
    idle(page)
    until(lambda: np.array_equal(changed(page), even))
    until(lambda: "fade-0" not in page.url)


def test_the_drawing_is_taken_along_with_its_recipe(page: Any, server: str) -> None:
    open_page(page, server, "&block=up.0")
    page.locator(f'.network[data-ready="{NODES}"]').wait_for()
    page.locator(".st-key-export-network button").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG, with its recipe").click()
    recipe, _ = from_png(Path(waiting.value.path()).read_bytes())
    assert (recipe.checkpoint, recipe.seed, recipe.steps) == ("tiny", 3, 6)
    assert "block=up.0" in recipe.view
