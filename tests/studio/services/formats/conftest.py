"""Two films: one like a chain, and one with what is hard for a format."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from studio.recipe import Recipe
from studio.services import films
from studio.services.films import Cut, Film
from studio.services.formats.reel import Print, Reel
from studio.services.timing import Timing

RECIPE = Recipe("ddpm-cat-64", seed=5, label="cat = dog; #1", steps=7, view="denoise?race=true")


@pytest.fixture(scope="session")
def frames() -> np.ndarray:
    """Noise that clears into a smooth colour picture of 32×32, like a chain: uint8 `(8, 32, 32, 3)`."""
    draw = np.random.default_rng(0)
    rough = Image.fromarray(draw.integers(0, 256, (32, 32, 3), np.uint8)).filter(ImageFilter.GaussianBlur(2))
    end = np.array(rough).astype(float)
    noise = draw.normal(128, 60, (8, 32, 32, 3))
    share = np.linspace(0, 1, 8)[:, None, None, None]
    return np.clip(share * end + (1 - share) * noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def film(frames: np.ndarray) -> Film:
    """The same with captions."""
    return Film(frames, tuple(f"t = {7 - i} · λ < ½ & </script> ψ" for i in range(8)), RECIPE, 'A "film" <b>')


@pytest.fixture(scope="session")
def reel(film: Film) -> Reel:
    """Twice enlarged, without captions, at 10 frames a second, held for 1 s."""
    return films.reel(film, Cut(Timing(10, hold=1), scale=2))


@pytest.fixture(scope="session")
def captioned(reel: Reel) -> Reel:
    """The same over 3 rows of titles and 5 of captions, half paper and half ink."""
    bands = np.zeros((8, 5, 64), np.uint8)
    bands[:, :, 32:] = 255
    foot = np.full((3, 64, 3), 90, np.uint8)
    return replace(reel, print=Print(foot, bands, (250, 249, 247), (34, 37, 43)))
