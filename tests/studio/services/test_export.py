"""Files of a view: arrays come back as they were, and every file tells its recipe."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.figures.parts import Picture
from studio.figures.printed import printed
from studio.recipe import Recipe, from_png
from studio.services import export, formats, photos

RECIPE = Recipe("ddpm-cat-64", 3, weights="0123456789ab", view="attention?layer=middle.0&pixel=3,4")


def test_arrays_come_back_with_their_recipe() -> None:
    data = export.npz(RECIPE, {"map": np.arange(6.0).reshape(2, 3), "names": np.array(["a", "b"])})
    with np.load(io.BytesIO(data), allow_pickle=False) as saved:
        assert saved["map"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert saved["names"].tolist() == ["a", "b"]
        assert Recipe.from_json(str(saved["recipe"])) == RECIPE


def test_arrays_that_would_be_pickled_or_hide_the_recipe_are_refused() -> None:
    with pytest.raises(ValueError, match="Python objects"):
        export.npz(RECIPE, {"map": np.array([{}, []], dtype=object)})
    with pytest.raises(ValueError, match="recipe"):
        export.npz(RECIPE, {"recipe": np.zeros(3)})


def test_the_caption_is_all_that_is_needed_to_see_it_again() -> None:
    line, view = export.caption(replace(RECIPE, view="attention?layer=Grad-CAM+of+x%E2%82%80")).splitlines()
    assert line == f"{RECIPE.line()} · weights 0123456789ab"
    assert view == "attention?layer=Grad-CAM of x₀"
    assert export.caption(Recipe("a")) == Recipe("a").line()


def test_a_printed_png_can_be_dropped_like_any_other(home: Path) -> None:
    photo = photos.keep(_png(), 16)
    recipe = replace(RECIPE, photo=photo)
    picture = Picture("picture", np.zeros((4, 4, 3), np.uint8))
    back, text = from_png(printed([picture], "Title", export.caption(recipe), "png", export.texts(recipe)))
    assert back == recipe
    assert photos.from_text(text) == photo


def _png() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 120, 40)).save(out, "PNG")
    return out.getvalue()


def test_the_photos_of_a_view_travel_inside_its_recipe(home: Path) -> None:
    digests = [photos.store(np.full((20, 20, 3), value, np.uint8)) for value in (10, 200)]
    recipe = Recipe("tiny", view=f"fuse?a=photo:{digests[0]}&b=photo:{digests[1]}")
    picture = Picture("a picture", np.zeros((8, 8, 3), np.uint8))
    back, texts = formats.read(printed([[picture]], "Fuse", "as it was", "png", export.texts(recipe)))
    assert back == recipe
    assert [photos.from_text(text) for text in texts] == digests
