"""What is taken away: the last frame is the picture, and every file holds its recipe."""

import io
import json
from pathlib import Path

import imageio.v3 as iio
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


def test_a_gif_has_every_frame_and_ends_at_the_picture(frames: np.ndarray) -> None:
    read = iio.imread(animate.gif(RECIPE, frames), extension=".gif", index=None, mode="RGB")
    assert read.shape == (8, 128, 128, 3)
    small = read[:, ::4, ::4].astype(int)
    assert np.abs(small[-1] - frames[-1]).mean() < 3
    for shown, frame in zip(small, frames, strict=True):
        others = [np.abs(shown - other.astype(int)).mean() for other in frames]
        assert np.abs(shown - frame.astype(int)).mean() == min(others)


def test_a_gif_plays_on_and_rests_at_the_end(frames: np.ndarray) -> None:
    with Image.open(io.BytesIO(animate.gif(RECIPE, frames))) as image:
        assert image.info["loop"] == 0
        assert json.loads(image.info["comment"]) == json.loads(RECIPE.to_json())
        durations = []
        for i in range(image.n_frames):
            image.seek(i)
            durations.append(image.info["duration"])
    assert durations == [80] * 7 + [1500]


def test_frames_that_are_alike_are_kept_in_a_gif() -> None:
    still = np.full((5, 8, 8, 3), 90, np.uint8)
    still[2:] = 91
    with Image.open(io.BytesIO(animate.gif(RECIPE, still))) as image:
        total = sum(image.seek(i) or image.info["duration"] for i in range(image.n_frames))
    assert total == 4 * 80 + 1500


@pytest.mark.parametrize("size", [32, 17])
def test_an_mp4_plays_everywhere_and_ends_at_the_picture(frames: np.ndarray, size: int) -> None:
    data = animate.mp4(RECIPE, frames[:, :size, :size])
    read = iio.imread(data, extension=".mp4", plugin="FFMPEG")
    meta = iio.immeta(data, extension=".mp4", plugin="FFMPEG")
    assert meta["codec"] == "h264"
    assert meta["pix_fmt"].startswith("yuv420p")
    assert read.shape[1:] == (4 * size, 4 * size, 3)
    assert len(read) == 8 + 18
    assert np.abs(read[-1, 1::4, 1::4].astype(int) - frames[-1, :size, :size]).mean() < 4
    assert b'"seed": 5' in data


def test_arrays_come_back_as_they_were() -> None:
    x = np.random.default_rng(0).standard_normal((3, 8, 8, 3)).astype(np.float32)
    chain = Chain(2, np.arange(3), np.array([9, 4, -1]), np.array([0.1, 0.5, 1]), x, x, x, np.linspace(1, 0, 10))
    with np.load(io.BytesIO(animate.npz(RECIPE, chain)), allow_pickle=False) as read:
        assert np.array_equal(read["x_t"], x)
        assert read["t"].tolist() == [9, 4, -1]
        assert Recipe.from_json(str(read["recipe"])) == RECIPE
