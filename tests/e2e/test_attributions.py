"""Attributions in a real browser: a click asks about another region, and what is taken along leads back here."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.recipe import from_png

FILM = ".st-key-attribution-film"


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def opened(page: Any, server: str, query: str) -> None:
    page.goto(f"{server}/features?checkpoint=tiny&steps=4&show=Attributions&{query}")
    there(page)


def there(page: Any) -> None:
    """Wait until the four pictures of the stage are there and nothing runs."""
    page.locator(f"{FILM} .picture canvas").nth(3).wait_for()
    page.locator(f'{FILM} .scrubber:not([data-frames="0"])').wait_for()
    idle(page)


def canvas(page: Any, place: int) -> list[int]:
    """The pixels of one picture of the stage."""
    picture = page.locator(f"{FILM} .picture canvas").nth(place)
    return picture.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")


def taken(page: Any, kind: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=kind).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_click_asks_about_another_region(page: Any, server: str, until: Callable) -> None:
    opened(page, server, "row=3&column=3&box=2")
    first = canvas(page, 1)
    picture = page.locator(f"{FILM} .picture canvas").nth(0)
    unit = picture.bounding_box()["width"] / 16
    picture.click(position={"x": 12.5 * unit, "y": 11.5 * unit})
    page.wait_for_function("location.search.includes('row=11') && location.search.includes('column=12')")
    until(lambda: canvas(page, 1) != first)


def test_what_is_taken_along_leads_back_to_this_view(page: Any, server: str) -> None:
    opened(page, server, "row=5&column=6&method=Integrated+gradients&with_steps=4&seed=3")
    page.get_by_text("completeness error").wait_for()
    page.get_by_role("button", name="Take it with you").first.click()
    address = page.get_by_test_id("stPopoverBody").locator("code").inner_text().strip()
    png = taken(page, "PNG, with its recipe")
    recipe, _ = from_png(png)
    assert (recipe.checkpoint, recipe.seed, recipe.steps) == ("tiny", 3, 4)
    assert recipe.view.startswith("features?")
    assert "method=Integrated+gradients" in recipe.view
    assert taken(page, "PDF").startswith(b"%PDF")
    assert b"<svg" in taken(page, "SVG")
    with np.load(io.BytesIO(taken(page, "Raw arrays"))) as arrays:
        assert arrays["map"].shape == (16, 16)
        assert arrays["region"].tolist() == [5, 6, 8]
        error = arrays["map"].sum() - (arrays["score"] - arrays["reference"])
        assert abs(arrays["error"] - error) < 1e-4
    assert Image.open(io.BytesIO(png)).width == 1440
    before = canvas(page, 1)
    page.goto(address)
    page.get_by_text("completeness error").wait_for()
    there(page)
    assert canvas(page, 1) == before


def test_a_dropped_picture_offers_the_page_that_made_it(page: Any, server: str) -> None:
    opened(page, server, "row=5&column=6&seed=3")
    page.get_by_role("button", name="Take it with you").first.click()
    png = taken(page, "PNG, with its recipe")
    page.goto(f"{server}/denoise?checkpoint=tiny&steps=4")
    page.locator(".st-key-film .scrubber").wait_for()
    idle(page)
    page.get_by_text("Start from a photo or a recipe").click()
    page.locator(".st-key-drop input[type=file]").set_input_files(
        {"name": "view.png", "mimeType": "image/png", "buffer": png}
    )
    page.get_by_role("link", name="See it on Features").click()
    page.wait_for_url("**/features?**")
    page.locator(f"{FILM} .picture canvas").nth(3).wait_for()
    assert "row=5" in page.url
    assert "seed=3" in page.url
