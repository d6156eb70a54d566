"""Sprite sheets give back exactly the frames that went in."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from studio.scrubber.sheets import COLUMNS, PER_SHEET, sheets


def unpack(parts: list[dict[str, str]], shape: tuple[int, ...]) -> np.ndarray:
    """Cut the sheets the way the browser does: frame i is cell i % 16, four cells to a row."""
    frames, height, width, _ = shape
    out = np.empty(shape, np.uint8)
    for i in range(frames):
        uri = parts[i // PER_SHEET]["uri"]
        assert uri.startswith("data:image/png;base64,")
        sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))
        row, column = divmod(i % PER_SHEET, COLUMNS)
        out[i] = sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
    return out


@pytest.mark.parametrize("shape", [(1, 8, 8, 3), (16, 5, 9, 3), (17, 9, 5, 3), (101, 4, 4, 3)])
def test_the_frames_come_back_bit_by_bit(shape: tuple[int, ...]) -> None:
    frames = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    parts = sheets(frames)
    assert len(parts) == -(-shape[0] // PER_SHEET)
    assert (unpack(parts, shape) == frames).all()


def test_a_growing_chain_keeps_its_full_sheets() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (40, 4, 4, 3), np.uint8)
    early, late = sheets(frames[:35]), sheets(frames)
    assert early[:2] == late[:2]
    assert early[2]["id"] != late[2]["id"]


def test_equal_bytes_of_another_shape_are_another_sheet() -> None:
    frames = np.arange(96, dtype=np.uint8).reshape(1, 4, 8, 3)
    assert sheets(frames)[0]["id"] != sheets(frames.reshape(1, 8, 4, 3))[0]["id"]
