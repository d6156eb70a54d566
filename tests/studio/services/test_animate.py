"""What is taken away of a chain: the picture and its arrays, with the recipe inside."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from studio.recipe import Recipe, from_png
from studio.services import animate, photos
from studio.services.chains import Chain

RECIPE = Recipe("ddpm-cat-64", seed=5, label="cat", steps=7)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    """Noise that clears into a smooth colour picture of 32×32, like a chain: uint8 `(8, 32, 32, 3)`."""
    draw = np.random.default_rng(0)
    rough = Image.fromarray(draw.integers(0, 256, (32, 32, 3), np.uint8)).filter(ImageFilter.GaussianBlur(2))
    end = np.array(rough).astype(float)
    noise = draw.normal(128, 60, (8, 32, 32, 3))
    share = np.linspace(0, 1, 8)[:, None, None, None]
    return np.clip(share * end + (1 - share) * noise, 0, 255).astype(np.uint8)


def test_a_png_is_the_picture_exactly(frames: np.ndarray) -> None:
    data = animate.png(RECIPE, frames[-1])
    assert np.array_equal(np.array(Image.open(io.BytesIO(data))), frames[-1])
    assert from_png(data) == (RECIPE, "")


def test_a_png_carries_the_photo_it_started_from(home: Path, frames: np.ndarray) -> None:
    out = io.BytesIO()
    Image.fromarray(frames[-1]).save(out, "PNG")
    recipe = Recipe("ddpm-cat-64", photo=photos.keep(out.getvalue(), 32))
    back, text = from_png(animate.png(recipe, frames[-1]))
    assert back == recipe
    assert photos.from_text(text) == recipe.photo


def test_arrays_come_back_as_they_were() -> None:
    x = np.random.default_rng(0).standard_normal((3, 8, 8, 3)).astype(np.float32)
    chain = Chain(2, np.arange(3), np.array([9, 4, -1]), np.array([0.1, 0.5, 1]), x, x, x, np.linspace(1, 0, 10))
    with np.load(io.BytesIO(animate.npz(RECIPE, chain)), allow_pickle=False) as read:
        assert np.array_equal(read["x_t"], x)
        assert read["t"].tolist() == [9, 4, -1]
        assert Recipe.from_json(str(read["recipe"])) == RECIPE
