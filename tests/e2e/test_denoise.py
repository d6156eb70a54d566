"""The Denoise page in a real browser: a cat comes out of noise under the hand, is taken away and brought back."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from engines.home import ROOT
from engines.images import quantise
from studio.recipe import Recipe, from_png
from studio.services import formats, generate

CHECKPOINT = "ddpm-cat-64"
STEPS = 20
PATIENCE = 150_000  # ms: a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "checkpoints" / CHECKPOINT / "card.json").is_file():
        pytest.skip(f"checkpoints/{CHECKPOINT} is not there")
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path, serving: Callable, studio_command: list[str]) -> Iterator[str]:
    with serving(studio_command, home) as (url, _):
        yield f"{url}/denoise"


def film(page: Any, frame: int = STEPS, frames: int = STEPS + 1) -> None:
    """Wait until this frame of a chain with so many frames is shown and nothing runs."""
    page.locator(f'.st-key-film .scrubber[data-frame="{frame}"][data-frames="{frames}"]').wait_for()
    idle(page)


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def shown(page: Any) -> np.ndarray:
    """What is on the canvas of each pane, uint8 `(P, H, W, 3)`."""
    panes = page.locator(".st-key-film .picture canvas").evaluate_all(
        """all => all.map(c => [c.height, c.width,
                                 Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data)])"""
    )
    return np.stack([np.array(data, np.uint8).reshape(height, width, 4)[..., :3] for height, width, data in panes])


def drawn(seed: int) -> np.ndarray:
    """The last picture of a seed's chain, without a browser."""
    *_, chain = generate.chain(generate.complete(Recipe(CHECKPOINT, seed, steps=STEPS)))
    return quantise(chain.x_t[-1])


def download(page: Any, kind: str) -> bytes:
    page.get_by_role("tab", name="Take it with you").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=kind, exact=False).filter(has_text=kind).click()
    return Path(waiting.value.path()).read_bytes()


def picture(data: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def test_a_cat_comes_out_of_noise_under_the_hand(page: Any, server: str) -> None:
    page.goto(server)
    film(page)  # nobody pressed anything
    end = shown(page)
    assert end.shape == (4, 64, 64, 3)
    page.locator(".scrubber-cursor").nth(2).wait_for()
    box = page.locator(".st-key-film .rail").bounding_box()
    across = lambda frame: box["x"] + (frame + 0.5) / (STEPS + 1) * box["width"]  # noqa: E731
    before, seen = len(page.sent), []
    page.mouse.move(across(STEPS), box["y"] + 12)
    page.mouse.down()
    for frame in (12, 6, 0):
        page.mouse.move(across(frame), box["y"] + 12, steps=5)
        page.locator(f'.st-key-film .scrubber[data-frame="{frame}"]').wait_for()
        seen.append(shown(page)[0].astype(int))
    assert len(page.sent) == before  # not a word to the server while the hand moves
    page.mouse.up()
    far = [np.abs(frame - end[0]).mean() for frame in seen]
    assert far == sorted(far)  # the further back, the less it is the picture
    assert far[0] > 5


def test_the_gif_moves_and_ends_at_the_picture(page: Any, server: str, animated: Callable) -> None:
    page.goto(f"{server}?seed=3")
    film(page)
    data = download(page, "PNG")
    png = picture(data)
    assert np.array_equal(png, shown(page)[0])
    recipe, _ = from_png(data)
    assert (recipe.checkpoint, recipe.seed, recipe.steps) == (CHECKPOINT, 3, STEPS)
    *_, chain = generate.chain(recipe)
    assert np.array_equal(png, quantise(chain.x_t[-1]))
    assert download(page, "NPZ")[:2] == b"PK"
    data = animated("GIF")
    gif = iio.imread(data, extension=".gif", index=None, mode="RGB")
    assert len(gif) == STEPS + 1
    assert all((a != b).any() for a, b in pairwise(gif))
    assert np.abs(gif[-1][:256:4, ::4].astype(int) - png).mean() < 4  # above its caption
    assert formats.read(data)[0] == replace(recipe, view="denoise")
    data = animated("MP4")
    assert data[4:8] == b"ftyp"
    assert formats.read(data)[0] == replace(recipe, view="denoise")


def test_an_address_brings_the_same_picture_back(page: Any, server: str, browser: Any, until: Callable) -> None:
    page.goto(server)
    film(page)
    seed = page.get_by_label("Seed", exact=True)
    seed.fill("5")
    seed.press("Enter")
    page.wait_for_url("**seed=5**")
    wanted = drawn(5)
    film(page)
    until(lambda: np.array_equal(shown(page)[0], wanted))
    first = shown(page)
    page.reload()
    film(page)
    assert np.array_equal(shown(page), first)
    other = browser.new_context().new_page()
    other.set_default_timeout(PATIENCE)
    other.goto(page.url)
    film(other)
    assert np.array_equal(shown(other), first)
    other.context.close()


def test_a_dropped_picture_brings_its_settings_back(page: Any, server: str, tmp_path: Path, until: Callable) -> None:
    page.goto(f"{server}?seed=8&sampler=ddim&eta=0.5")
    film(page)
    before = shown(page)
    file = tmp_path / "cat.png"
    file.write_bytes(download(page, "PNG"))
    page.goto(server)
    film(page)
    assert not np.array_equal(shown(page), before)
    page.get_by_text("Start from a photo or a recipe").click()
    page.locator("[data-testid=stFileUploader] input").set_input_files(file)
    page.locator("code", has_text="--seed 8 ").first.wait_for(state="attached")
    until(lambda: np.array_equal(shown(page), before))
    assert re.search(r"seed=8.*sampler=ddim|sampler=ddim.*seed=8", page.url)
    assert "eta=0.5" in page.url


def test_cancel_keeps_what_is_there_until_asked_again(page: Any, server: str) -> None:
    page.goto(f"{server}?sampler=ddpm&steps=1000&seed=4")
    page.locator('.st-key-film .scrubber:not([data-frames="0"])').wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Run again").wait_for()
    idle(page)
    kept = int(page.locator(".st-key-film .scrubber").get_attribute("data-frames"))
    assert 0 < kept < 101
    page.wait_for_timeout(1000)
    assert int(page.locator(".st-key-film .scrubber").get_attribute("data-frames")) == kept
    page.get_by_role("button", name="Run again").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Run again").wait_for()


def test_a_photo_is_noised_and_denoised_side_by_side(page: Any, server: str, tmp_path: Path) -> None:
    colours = np.linspace(0, 255, 100 * 100 * 3).reshape(100, 100, 3).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "photo.png")
    page.goto(server)
    film(page)
    page.get_by_text("Start from a photo or a recipe").click()
    page.locator("[data-testid=stFileUploader] input").set_input_files(tmp_path / "photo.png")
    page.wait_for_url("**photo=**")
    film(page, frame=12, frames=13)
    panes = shown(page)
    assert len(panes) == 5
    page.locator(".st-key-film .rail").focus()
    page.keyboard.press("Home")
    film(page, frame=0, frames=13)
    noised, state = shown(page)[:2]
    assert np.array_equal(noised, state)  # where the chain enters, forward and reverse are one


def test_a_fork_at_the_step_the_hand_rests_on(page: Any, server: str) -> None:
    page.goto(server)
    film(page)
    page.locator(".st-key-film .rail").focus()
    page.keyboard.press("Home")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Fork at step 6 of 20").click()
    page.get_by_text("8 children of step 6").wait_for()
    page.locator(".st-key-variance .js-plotly-plot").wait_for()
    page.wait_for_url("**fork=5**")
