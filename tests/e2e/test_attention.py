"""The Attention page in a real browser: a click picks a pixel, and the strip shows where that one looks."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from studio.recipe import TEXT, Recipe


def open_page(page: Any, server: str, **address: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in {"checkpoint": "tiny", "steps": "4", **address}.items())
    page.goto(f"{server}/attention?{query}")
    page.get_by_text("all heads, where").wait_for()
    page.locator('.st-key-film .scrubber[data-frame="3"][data-frames="4"]').wait_for()
    idle(page)


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def film(page: Any) -> Any:
    return page.locator(".st-key-film .scrubber")


def strip(page: Any) -> list[list[int]]:
    """Every thumbnail of the strip, as its bytes."""
    return [pixels(canvas) for canvas in film(page).locator(".strip canvas").all()]


def pixels(canvas: Any) -> list[int]:
    return canvas.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")


def click(page: Any, row: int, column: int) -> None:
    """Click a pixel of the picture, which has 16×16."""
    canvas = film(page).locator(".picture canvas").first
    unit = canvas.bounding_box()["width"] / 16
    canvas.click(position={"x": (column + 0.5) * unit, "y": (row + 0.5) * unit})
    page.wait_for_function(f"location.search.includes('row={row}&') && location.search.includes('column={column}')")
    idle(page)


def test_the_strip_shows_where_the_clicked_pixel_looks(page: Any, server: str, until: Callable) -> None:
    open_page(page, server, head="1", opacity="1")
    first = strip(page)
    assert len(first) == 4  # a thumbnail a step
    click(page, 2, 13)
    until(lambda: all(a != b for a, b in zip(first, strip(page), strict=True)))
    second = strip(page)
    click(page, 12, 1)
    until(lambda: all(a != b for a, b in zip(second, strip(page), strict=True)))
    click(page, 2, 13)
    until(lambda: strip(page) == second)


def test_a_thumbnail_picks_its_layer_and_head_and_the_step_is_kept(page: Any, server: str, until: Callable) -> None:
    open_page(page, server)
    before = strip(page)
    page.locator('.st-key-heads .scrubber:not([data-frames="0"])').wait_for()
    sheet = page.locator(".st-key-heads .picture canvas")
    last = pixels(sheet)
    film(page).get_by_role("slider").focus()
    page.keyboard.press("Home")
    until(lambda: pixels(sheet) != last)  # Python has heard of the step
    idle(page)
    unit = sheet.bounding_box()["width"] / 5  # names and four layers
    sheet.click(position={"x": 2.5 * unit, "y": 2.5 * unit})  # the second layer, its first head
    page.wait_for_function("location.search.includes('head=1') && location.search.includes('middle')")
    idle(page)
    until(lambda: strip(page) != before)
    assert film(page).get_attribute("data-frame") == "0"


def test_what_is_taken_along_is_the_attention_with_its_recipe(page: Any, server: str) -> None:
    open_page(page, server, seed="3", row="4", column="9")
    page.get_by_role("button", name="Take it with you").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Raw arrays (.npz)").click()
    with np.load(download.value.path()) as arrays:
        assert arrays["weights"].shape == (4, 2, 64, 64)
        assert arrays["looks"].shape == (4, 2, 8, 8)
        wanted = arrays["weights"][:, :, 2 * 8 + 4].astype(np.float32).reshape(4, 2, 8, 8) * 64
        assert np.abs(arrays["looks"] - wanted).max() < 1e-3
        assert Recipe.from_json(str(arrays["recipe"])).seed == 3
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG, with its recipe").click()
    with open(download.value.path(), "rb") as file, Image.open(io.BytesIO(file.read())) as picture:
        recipe = Recipe.from_json(picture.text[TEXT])
    assert (recipe.checkpoint, recipe.seed) == ("tiny", 3)
    assert recipe.view.startswith("attention?")
