"""The crop tool as a Streamlit component: a square box on a whole photo, moved and resized in the browser."""

import base64
import hashlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from studio.scrubber.script import script
from studio.services.crops import SMALLEST, Box

_HERE = Path(__file__).parent
_HTML, _CSS = ((_HERE / name).read_text("utf-8") for name in ("crop.html", "crop.css"))
_JS = script("sheets.js", "mount.js", "crop.js")


def crop_box(
    photo: np.ndarray, box: Box, *, key: str, on_rest: Callable[[Box], None], name: str = "The square to keep"
) -> None:
    """Show a whole `photo`, uint8 `(H, W, 3)`, with a square on it and what the square holds at 64 px, doubled.

    The square is dragged, resized by its corners, drawn anew outside of it, pinched; the wheel, + and − zoom, arrow
    keys move it (Shift: by a pixel), a double click centres it, Home is the largest one. When the hand rests `on_rest`
    hears where, in whole pixels of the photo, and the page runs again. `box`, if it is new, moves the square from here.
    Raises ValueError for a box that leads out of the photo.
    """
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
        raise ValueError(f"The photo is {photo.dtype} {photo.shape}; it must be uint8 (H, W, 3).")
    height, width = photo.shape[:2]
    box = box.within(width, height)
    digest = hashlib.blake2b(photo.tobytes(), digest_size=12, key=repr(photo.shape).encode()).hexdigest()
    data = {
        "key": key,
        "name": name,
        "width": width,
        "height": height,
        "smallest": SMALLEST,
        "box": [box.left, box.top, box.side],
        "sheets": [{"id": digest, "uri": _uri(digest, photo)}],
    }

    def hear() -> None:
        if (said := heard(key)) is not None:
            on_rest(said[0])

    _component()(key=key, data=data, default={"box": None}, on_box_change=hear)


def heard(key: str) -> tuple[Box, int] | None:
    """Where the hand last came to rest, and when, in ms; None if it never did.

    A button that is pressed right after may be run before `on_rest` is: let it look here first.
    """
    said = (st.session_state.get(key) or {}).get("box")
    return None if said is None else (Box(*map(int, said[:3])), int(said[3]))


@st.cache_data(max_entries=16, show_spinner=False)
def _uri(digest: str, _photo: np.ndarray) -> str:
    """The photo for the eye alone: what is kept is cut out of the photo itself."""
    out = io.BytesIO()
    Image.fromarray(_photo).save(out, "JPEG", quality=92, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


@cache
def _component() -> Any:
    return st.components.v2.component("whisker_crop", html=_HTML, css=_CSS, js=_JS)
