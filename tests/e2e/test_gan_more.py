"""The GAN page's directions, opinion and projection in a real browser: walked along, kept, looked for."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="module")
def server(
    tiny_gan_home: Path, tmp_path_factory: pytest.TempPathFactory, serving: Callable, studio_command: list[str]
) -> Iterator[str]:
    home = tmp_path_factory.mktemp("served-gan-more")
    (home / "checkpoints").symlink_to(tiny_gan_home / "checkpoints")
    with serving(studio_command, home) as (url, _):
        yield f"{url}/gan?checkpoint=tiny-gan"


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def canvas(page: Any, key: str, pane: int = 0) -> np.ndarray:
    """What is on a canvas of a scrubber, uint8 `(H, W, 3)`."""
    height, width, data = (
        page.locator(f".st-key-{key} .picture canvas")
        .nth(pane)
        .evaluate("c => [c.height, c.width, Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)]")
    )
    return np.array(data, np.uint8).reshape(height, width, 4)[..., :3]


def test_a_direction_is_walked_along_without_the_server_and_kept(page: Any, server: str) -> None:
    page.goto(f"{server}&tab=Directions&cards=2&seed=3")
    page.get_by_role("button", name="Take it with you").wait_for()
    idle(page)
    rail = page.locator(".st-key-walking .rail")
    page.locator('.st-key-walking .scrubber[data-frame="16"]').wait_for()
    middle, before = canvas(page, "walking"), len(page.sent)
    rail.focus()
    page.keyboard.press("End")
    page.locator('.st-key-walking .scrubber[data-frame="32"]').wait_for()
    assert (canvas(page, "walking") != middle).any()
    assert len(page.sent) == before
    name = page.get_by_label("Name of SeFa 2")
    name.fill("whiskers")
    name.press("Enter")
    idle(page)
    page.locator('[class*="st-key-keep-"] button:visible').nth(1).click()
    page.get_by_text("whiskers").first.wait_for()
    page.reload()
    page.get_by_role("button", name="Take it with you").wait_for()
    page.get_by_text("whiskers").first.wait_for()  # it outlives the session


def test_a_picture_is_looked_for_with_live_frames_stopped_and_kept(page: Any, server: str) -> None:
    page.goto(f"{server}&tab=Projection&origin=a+drawn+cat&looks=1000&starts=1")  # a search of minutes
    page.get_by_role("button", name="Look for it").click()
    page.locator('.st-key-projecting .scrubber:not([data-frames="0"]):not([data-frames="1"])').wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Look again").wait_for()
    idle(page)
    frames = int(page.locator(".st-key-projecting .scrubber").get_attribute("data-frames"))
    assert 1 < frames < 51
    page.get_by_text("stopped at step").wait_for()
    page.get_by_label("Name", exact=True).fill("Minka")
    page.get_by_label("Name", exact=True).press("Enter")
    idle(page)
    page.get_by_role("button", name="Keep it").click()
    page.locator('[class*="st-key-kept-"]').get_by_text("Minka").wait_for()
