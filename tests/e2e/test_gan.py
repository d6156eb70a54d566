"""The GAN page in a real browser: a plane under the hand, truncation to the mean, and two cats mixed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.recipe import Recipe
from studio.services import gan, generate
from studio.services.gan import PSIS, SIDE, Look

MIDDLE, SEED = PSIS.tolist().index(0), PSIS.tolist().index(1)


@pytest.fixture(scope="module")
def server(
    tiny_gan_home: Path, tmp_path_factory: pytest.TempPathFactory, serving: Callable, studio_command: list[str]
) -> Iterator[str]:
    home = tmp_path_factory.mktemp("served-gan")
    (home / "checkpoints").symlink_to(tiny_gan_home / "checkpoints")
    with serving(studio_command, home) as (url, _):
        yield f"{url}/gan?checkpoint=tiny-gan"


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def canvases(page: Any, selector: str) -> np.ndarray:
    """What is on each canvas, uint8 `(N, H, W, 3)`."""
    found = page.locator(selector).evaluate_all(
        """all => all.map(c => [c.height, c.width,
                                 Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data)])"""
    )
    return np.stack([np.array(data, np.uint8).reshape(height, width, 4)[..., :3] for height, width, data in found])


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """The same but for the rounding of a shade."""
    return bool(np.abs(a.astype(int) - b).max() <= 1)


def place(page: Any) -> tuple[float, float]:
    """Where on the plane the picture shown lies."""
    x, y = page.locator(".pad").evaluate("pad => [pad.dataset.x, pad.dataset.y]")
    return float(x), float(y)


def look(seed: int) -> Look:
    return Look(generate.complete(Recipe("tiny-gan", seed)))


def test_the_plane_moves_under_the_hand_and_the_place_of_rest_is_exact(
    page: Any, server: str, gan_home: Path, until: Callable
) -> None:
    page.goto(f"{server}&tab=Seeds&seed=7")
    page.locator(f'.pad[data-frames="{SIDE**2}"][data-exact="true"]').wait_for()
    idle(page)
    assert near(canvases(page, ".pad .picture")[0], gan.at(look(7), 0, 0))
    box = page.locator(".pad .field").bounding_box()
    spot = lambda x, y: (box["x"] + (x + 2.125) / 4.25 * box["width"], box["y"] + (y + 2.125) / 4.25 * box["height"])  # noqa: E731
    before, seen = len(page.sent), []
    page.mouse.move(*spot(0, 0))
    page.mouse.down()
    for x, y in ((1, 0), (1, 1), (-1.5, 0.6)):
        page.mouse.move(*spot(x, y), steps=4)
        until(lambda x=x, y=y: place(page) == pytest.approx((x, y), abs=0.02))
        seen.append(canvases(page, ".pad .picture")[0])
    assert len(page.sent) == before  # not a word to the server while the hand moves
    assert near(seen[0], gan.pictures(look(7), [8])[0])
    assert near(seen[1], gan.pictures(look(7), [108])[0])
    page.mouse.up()
    page.locator('.pad[data-exact="true"]').wait_for()
    x, y = place(page)
    assert (x, y) == pytest.approx((-1.5, 0.6), abs=0.02)
    assert near(canvases(page, ".pad .picture")[0], gan.at(look(7), x, y))
    page.wait_for_url(f"**x={x:g}**")
    page.locator(".pad .field").focus()
    page.keyboard.press("Home")
    page.locator('.pad[data-x="0"][data-y="0"][data-exact="true"]').wait_for()
    page.keyboard.press("ArrowRight")
    page.locator('.pad[data-x="0.25"][data-exact="true"]').wait_for()


def test_dragging_truncation_to_0_makes_two_cats_one(page: Any, server: str) -> None:
    page.goto(f"{server}&tab=Truncation&beside=2&seed=7")
    page.locator(f'.st-key-psi-film .scrubber[data-frame="{SEED}"]').wait_for()
    idle(page)
    panes = ".st-key-psi-film .picture canvas"
    one, other = canvases(page, panes)
    assert not near(one, other)
    page.locator(".scrubber-cursor").nth(1).wait_for()
    box = page.locator(".st-key-psi-film .rail").bounding_box()
    across = lambda frame: box["x"] + (frame + 0.5) / len(PSIS) * box["width"]  # noqa: E731
    before = len(page.sent)
    page.mouse.move(across(SEED), box["y"] + 12)
    page.mouse.down()
    page.mouse.move(across(MIDDLE), box["y"] + 12, steps=8)
    page.locator(f'.st-key-psi-film .scrubber[data-frame="{MIDDLE}"]').wait_for()
    assert near(*canvases(page, panes))  # the mean cat
    page.mouse.move(across(0), box["y"] + 12, steps=8)
    page.locator('.st-key-psi-film .scrubber[data-frame="0"]').wait_for()
    assert not near(*canvases(page, panes))
    assert len(page.sent) == before
    page.mouse.up()
    page.get_by_role("button", name="Use ψ = −1 on the whole page").click()
    page.wait_for_url("**psi=-1**")


def test_two_cats_are_mixed_and_all_layers_of_b_are_b(page: Any, server: str, gan_home: Path) -> None:
    page.goto(f"{server}&tab=Mixing&a=1,2&b=7,8")
    mixed = ".st-key-mixed .picture canvas"
    page.locator(".st-key-mixed .scrubber[data-frames='1']").wait_for()
    idle(page)
    a, b = gan.pictures(look(0), [1, 7])
    some = canvases(page, mixed)[0]
    assert not near(some, a)
    assert not near(some, b)
    shows(page, "All", mixed, b)
    box = page.locator(".st-key-mixing .picture canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 5 / 6, box["y"] + box["height"] * 5 / 6)  # the last mixture of 2 × 2
    page.wait_for_url("**mix_column=2**")
    assert "mix_row=2" in page.url
    other_a, other_b = gan.pictures(look(0), [2, 8])
    shows(page, "None", mixed, other_a)
    shows(page, "All", mixed, other_b)


def shows(page: Any, preset: str, selector: str, picture: np.ndarray) -> None:
    """Take a preset's layers and wait until the mixture is this picture."""
    page.get_by_role("button", name=preset, exact=True).click()
    for _ in range(150):
        idle(page)
        if near(canvases(page, selector)[0], picture):
            return
        page.wait_for_timeout(200)
    pytest.fail(f"{preset} does not show the parent")
