"""The crop tool: what the browser is told, what Python hears, and what is refused."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from studio.scrubber.crop import crop_box
from studio.services.crops import Box

SCRIPT = """
import numpy as np
import streamlit as st
from studio.scrubber.crop import crop_box
from studio.services.crops import Box
photo = np.full((30, 50, 3), 200, np.uint8)
crop_box(photo, st.session_state.get("box", Box(10, 0, 30)), key="c", on_rest=lambda box: st.session_state.update(box=box))
"""  # noqa: E501


def sent(app: AppTest) -> dict[str, object]:
    return json.loads(app.get("bidi_component")[0].proto.json)


def test_the_browser_gets_the_whole_photo_and_the_box() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=30).run()
    assert not app.exception
    told = sent(app)
    assert (told["width"], told["height"], told["box"], told["smallest"]) == (50, 30, [10, 0, 30], 8)
    data = base64.b64decode(told["sheets"][0]["uri"].partition(",")[2])
    shown = np.asarray(Image.open(io.BytesIO(data)))
    assert shown.shape == (30, 50, 3)
    assert np.abs(shown.astype(int) - 200).max() <= 2


def test_another_box_from_python_is_told_and_the_photo_keeps_its_name() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=30).run()
    before = sent(app)
    app.session_state["box"] = Box(1, 2, 20)
    after = sent(app.run())
    assert after["box"] == [1, 2, 20]
    assert after["sheets"] == before["sheets"]


@pytest.mark.parametrize(
    ("photo", "box", "word"),
    [
        (np.zeros((30, 50, 3)), Box(0, 0, 30), "uint8"),
        (np.zeros((30, 50), np.uint8), Box(0, 0, 30), "uint8"),
        (np.zeros((30, 50, 3), np.uint8), Box(30, 0, 30), "leads out"),
    ],
)
def test_what_does_not_fit_is_refused(photo: np.ndarray, box: Box, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        crop_box(photo, box, key="c", on_rest=lambda box: None)
