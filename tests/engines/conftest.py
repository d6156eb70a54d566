"""A source that is read at once: a few small pictures in a folder."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """60 pictures of 16×16 with smooth stripes, each different; parts by their bytes."""
    folder = tmp_path / "cats"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(60):
        x = np.linspace(0, rng.uniform(2, 7), 16)
        stripes = 128 + 100 * np.sin(x[:, None] + x[None] * rng.uniform(-1, 1))
        picture = np.stack([stripes * rng.uniform(0.1, 1) for _ in range(3)], axis=2)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / f"{i:03d}.png")
    return folder
