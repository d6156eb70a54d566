"""Films in a real browser: written in the background, played there, taken off-line, and brought back."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.services import formats

WALK = "walk=0:s5,1:s9&fps=8&steps=3&checkpoint=tiny"


def film(page: Any, frames: int) -> None:
    """Wait until a film of so many frames is under the scrubber and nothing runs."""
    page.locator(f'.st-key-film .scrubber[data-frames="{frames}"]').wait_for()
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def opened(page: Any, server: str, seed: int) -> Any:
    """The dialog over a chain of 100 steps."""
    page.goto(f"{server}/denoise?checkpoint=tiny&steps=100&seed={seed}")
    film(page, 101)
    page.get_by_role("button", name="Animate it").first.click()
    return page.get_by_role("dialog")


def test_key_frames_are_edited_and_the_film_comes_back_to_them(
    page: Any, server: str, animated: Callable, tmp_path: Path
) -> None:
    page.goto(f"{server}/animate?{WALK}")
    film(page, 9)
    seed = page.locator(".st-key-walk-1-seed input")
    seed.fill("42")
    seed.press("Enter")
    page.wait_for_url("**s42**")
    page.get_by_role("button", name="Add a key frame").click()
    film(page, 25)
    made = page.url
    data = animated("WebP")
    (tmp_path / "walk.webp").write_bytes(data)
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == 25
        assert image.width == 256
    recipe, _ = formats.read(data)
    assert recipe.view.startswith("animate?")
    page.goto(f"{server}/animate?checkpoint=tiny&fps=2&steps=2&walk=0:s1,1:s2")
    film(page, 3)
    page.get_by_text("Bring a film back").click()
    page.locator(".st-key-film-drop input[type=file]").set_input_files(tmp_path / "walk.webp")
    page.get_by_role("link", name="See it as it was made").click()
    page.wait_for_url("**s42**")
    film(page, 25)
    query = lambda url: set(url.partition("?")[2].split("&"))  # noqa: E731
    assert query(made) <= query(page.url)


def test_an_mp4_plays_where_it_was_written(page: Any, server: str, animated: Callable) -> None:
    page.goto(f"{server}/animate?{WALK}")
    film(page, 9)
    animated("MP4")
    video = page.get_by_role("dialog").locator("video")
    state = video.evaluate(
        """async video => {
            if (video.readyState < 3) await new Promise((done, failed) => {
                video.oncanplay = done; video.onerror = () => failed(video.error.message); video.load();
            });
            await video.play();
            await new Promise(done => { video.ontimeupdate = () => video.currentTime > 0.2 && done() });
            video.pause();
            return [video.videoWidth, video.videoHeight, video.duration, video.currentTime];
        }"""
    )
    width, height, duration, at = state
    assert (width, height % 2) == (256, 0)
    assert height > 256
    assert duration == pytest.approx(9 / 8 + 1.5, abs=0.15)
    assert at > 0.2


def test_a_gif_has_the_frames_and_plays_in_the_dialog(page: Any, server: str, animated: Callable) -> None:
    page.goto(f"{server}/denoise?checkpoint=tiny&steps=6&seed=3")
    film(page, 7)
    data = animated("GIF")
    picture = page.get_by_role("dialog").locator("img").last
    assert picture.evaluate("image => [image.naturalWidth, image.complete]") == [256, True]
    assert picture.get_attribute("alt") == "tiny-seed3-denoising.gif"
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == 7
        assert image.info["loop"] == 0
        seen = []
        for i in range(7):
            image.seek(i)
            seen.append(np.array(image.convert("RGB"))[:256:16, ::16])
    canvas = page.locator(".st-key-film .picture canvas").first
    shown = canvas.evaluate("c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)")
    assert np.abs(np.reshape(shown, (16, 16, 4))[..., :3] - seen[-1].astype(int)).mean() < 4


def test_what_is_written_is_not_lost_when_the_dialog_is_left(page: Any, server: str) -> None:
    dialog = opened(page, server, seed=3)
    dialog.locator(".st-key-film-kind button", has_text="WebP").click()
    dialog.get_by_role("button", name="Write the WebP").click()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="Animate it").first.click()
    dialog.get_by_role("button", name="Download the WebP").wait_for()
    dialog.locator(".st-key-film-kind button", has_text="MP4").click()
    dialog.get_by_role("button", name="Write the MP4").wait_for()
    assert dialog.get_by_text("Your other films (1)").is_visible()


def test_cancel_ends_the_writing(page: Any, server: str) -> None:
    dialog = opened(page, server, seed=4)
    dialog.get_by_role("combobox", name="Pictures").click()
    for name in ("predicted x₀", "predicted noise", "change"):  # wide and noisy: it takes a while
        page.get_by_role("option", name=name).click()
    page.keyboard.press("Tab")
    dialog.locator(".st-key-film-kind button", has_text="WebP").click()
    dialog.get_by_role("button", name="Write the WebP").click()
    dialog.get_by_role("button", name="Cancel").click()
    dialog.get_by_text("Cancelled; nothing was kept.").wait_for()
    dialog.get_by_role("button", name="Write the WebP").wait_for()
    assert not dialog.get_by_role("button", name="Download the WebP").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_player_works_off_line_from_a_file(
    page: Any, server: str, animated: Callable, browser: Any, tmp_path: Path, scheme: str
) -> None:
    page.goto(f"{server}/denoise?checkpoint=tiny&steps=6&seed=3")
    film(page, 7)
    file = tmp_path / "player.html"
    file.write_bytes(animated("HTML player"))
    context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": 480, "height": 800})
    asked: list[str] = []
    wrong: list[str] = []
    context.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    tab = context.new_page()
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda line: wrong.append(line.text))
    tab.goto(file.as_uri())
    main = tab.locator("main[data-ready]")
    main.wait_for()
    frame = lambda: int(main.get_attribute("data-frame"))  # noqa: E731
    assert frame() == 6  # the picture, until somebody plays
    assert "the picture" in tab.locator("figcaption").inner_text()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert frame() == 1
    assert "step 2 of 6" in tab.locator("figcaption").inner_text()
    tab.locator("#at").fill("4")
    assert frame() == 4
    tab.locator("#loop").uncheck()
    tab.keyboard.press("Home")
    tab.locator("#speed").select_option("4")
    tab.locator("#play").click()
    tab.locator('main[data-frame="6"]:not([data-playing])').wait_for()  # played to its end, once
    drawn = tab.locator("canvas").evaluate("c => [c.width, c.height, c.getBoundingClientRect().width % c.width]")
    assert drawn == [16, 16, 0]  # a whole multiple of its pixels
    ground = tab.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert ground == {"light": "rgb(250, 249, 247)", "dark": "rgb(22, 23, 27)"}[scheme]
    context.close()
    assert set(asked) <= {"file", "data"}
    assert wrong == []
