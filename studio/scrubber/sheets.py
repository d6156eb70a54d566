"""Sprite sheets: frames packed losslessly, a few to a picture, so that a growing chain resends nothing new twice."""

import base64
import hashlib
import io

import numpy as np
import streamlit as st
from PIL import Image

COLUMNS = 4
PER_SHEET = COLUMNS * COLUMNS  # small sheets stay far below any browser's largest texture


def sheets(frames: np.ndarray) -> list[dict[str, str]]:
    """Pack uint8 frames `(S, H, W, 3)`, 16 to a sheet, row by row; each sheet is its digest and a PNG data URI.

    The browser keeps what it has decoded under the digest, and here a full sheet is encoded only once.
    """
    parts = (frames[i : i + PER_SHEET] for i in range(0, len(frames), PER_SHEET))
    return [_sheet(np.ascontiguousarray(part)) for part in parts]


def _sheet(frames: np.ndarray) -> dict[str, str]:
    digest = hashlib.blake2b(frames.tobytes(), digest_size=12, key=repr(frames.shape).encode()).hexdigest()
    return {"id": digest, "uri": _data_uri(digest, frames)}


@st.cache_data(max_entries=128, show_spinner=False)
def _data_uri(digest: str, _frames: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(montage(_frames)).save(file, "PNG", compress_level=3)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def montage(frames: np.ndarray) -> np.ndarray:
    """Lay frames `(n ≤ 16, H, W, 3)` in rows of four on mid-grey: `(rows·H, 4·W, 3)`."""
    n, height, width, _ = frames.shape
    rows = -(-n // COLUMNS)
    cells = np.full((rows * COLUMNS, height, width, 3), 128, np.uint8)
    cells[:n] = frames
    cells = cells.reshape(rows, COLUMNS, height, width, 3)
    return cells.swapaxes(1, 2).reshape(rows * height, COLUMNS * width, 3)
