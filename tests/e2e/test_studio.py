"""A person's way through the studio in a real browser: Home, then Generate, a batch, its files, and on to Denoise."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from engines.home import ROOT
from studio.recipe import Recipe, from_png
from studio.services import generate

LONG = "ddpm-cat-64"


def settled(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def asked(page: Any) -> dict[str, list[str]]:
    """What the page's address asks for."""
    return parse_qs(urlsplit(page.url).query)


def frame(page: Any) -> Any:
    return page.frame_locator("iframe[title='Draw pictures from seeds']")


def draw(place: Any, number: int) -> None:
    place.locator("#go").click()
    place.locator("#status").get_by_text(f"{number} picture").wait_for()
    images = place.locator("#gallery .thumbnail-item img")
    images.nth(number - 1).wait_for()
    images.evaluate_all("images => Promise.all(images.map(image => image.decode()))")  # there, and loaded too


def test_home_leads_to_a_batch_of_pictures_with_their_recipes(
    page: Any, server: str, home: Path, until: Callable
) -> None:
    page.goto(server)
    page.get_by_role("heading", name="Whisker").wait_for()
    settled(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Generate").click()
    page.get_by_role("heading", name="Generate").wait_for()
    place = frame(page)
    place.locator("#go").wait_for()

    page.goto(f"{server}/generate?checkpoint=tiny&seed=11&steps=4&label=cat")
    draw(place := frame(page), 8)
    assert place.get_by_label("Seed", exact=True).input_value() == "11"  # an address locks its seed
    shown = place.locator("#gallery .thumbnail-item img").evaluate_all(
        "images => images.map(image => [image.alt, image.naturalWidth, getComputedStyle(image).imageRendering])"
    )
    assert shown == [[f"seed {seed}", 16, "pixelated"] for seed in range(11, 19)]

    with page.expect_download() as download:
        place.locator("#zip").click()
    *_, drawn = generate.pictures(Recipe("tiny", 11, steps=4, label="cat"), 8)
    with zipfile.ZipFile(download.value.path()) as inside:
        data = inside.read("tiny-seed-000013.png")
    assert from_png(data)[0].seed == 13
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(data))), drawn.pictures[2])

    with page.context.expect_page() as tab:
        place.get_by_role("link", name="Step through seed 11").click()
    tab.value.get_by_role("heading", name="Denoise").wait_for()
    wanted = {"checkpoint": ["tiny"], "seed": ["11"], "steps": ["4"]}
    until(lambda: wanted.items() <= asked(tab.value).items())


def test_homes_door_for_a_teacher_opens_the_lesson(page: Any, server: str, until: Callable) -> None:
    page.goto(server)
    page.get_by_role("link", name="Six steps").click()
    page.get_by_role("heading", name="Denoise").wait_for()
    until(lambda: {"seed": ["1"], "steps": ["6"]}.items() <= asked(page).items())


def test_the_gradio_app_has_an_address_of_its_own_and_cancel_stops_it(page: Any, server: str) -> None:
    if not (ROOT / "checkpoints" / LONG / "card.json").is_file():
        pytest.skip(f"checkpoints/{LONG} is not there")
    page.goto(f"{server}/gradio/?checkpoint={LONG}&seed=1&steps=1000")  # a run of minutes
    page.get_by_role("heading", name="Generate").wait_for()
    page.locator("#go").click()
    page.locator("#status progress").wait_for()
    page.locator("#cancel").click()
    page.locator("#cancel:disabled").wait_for()
    page.locator("#go:enabled").wait_for()
    assert page.locator("#status").inner_text().startswith("Cancelled")  # no step comes after it
    page.goto(f"{server}/gradio/?checkpoint=tiny&seed=1&steps=2")
    draw(page, 8)  # the next one need not wait for the one that was cancelled


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(250, 249, 247)"), ("dark", "rgb(22, 23, 27)")])
def test_both_apps_follow_the_systems_theme(scheme: str, ground: str, page: Any, server: str, until: Callable) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{server}/generate")
    frame(page).locator("#go").wait_for()
    colour = "element => getComputedStyle(element).backgroundColor"
    until(lambda: page.locator(".stApp").evaluate(colour) == ground)
    until(lambda: frame(page).locator("body").evaluate(colour) == ground)


def test_nothing_is_wider_than_a_narrow_window(page: Any, server: str) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    for path, last in (("/", ".wall"), ("/compare?number=1&chain=5", "table"), ("/generate", "iframe")):
        page.goto(server + path)
        page.locator(last).last.wait_for()
        settled(page)
        wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth"
        assert page.evaluate(wide) <= 0
    frame(page).locator("#go:enabled").wait_for()
    button, whole = frame(page).locator("#go").bounding_box(), page.locator("iframe").bounding_box()
    assert button["y"] + button["height"] < whole["y"] + whole["height"]  # its last button is not cut off
