"""Small sources that the tests make themselves, and the real ones where they are at hand."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what tests decode out of the user's cache."""
    folder = tmp_path / "home"
    monkeypatch.setenv("WHISKER_HOME", str(folder))
    return folder


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    """Encode a picture that depends on `seed`."""

    def encode(seed: int = 0, side: int = 16, mode: str = "RGB", suffix: str = "PNG", **options: object) -> bytes:
        pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).convert(mode).save(buffer, suffix, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def real() -> Path:
    """The folder of real pictures."""
    folder = Path(os.environ.get("WHISKER_TEST_DATA") or Path(__file__).parents[4] / "shared" / "data")
    if not (folder / "afhq-cat-128.zip").is_file():
        pytest.skip("WHISKER_TEST_DATA is not set to a folder with afhq-cat-128.zip")
    return folder
