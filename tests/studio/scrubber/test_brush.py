"""The brush: what the browser is told of cats, mask and regions, what Python hears, and what is refused."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from studio.scrubber.brush import brush
from studio.scrubber.sheets import sheets
from studio.services.painted import HALF, Painted
from studio.services.regions import Region

SCRIPT = """
import numpy as np
import streamlit as st
from studio.scrubber.brush import brush
from studio.services.painted import HALF
from studio.services.regions import named
cats = np.arange(2 * 48, dtype=np.uint8).reshape(2, 4, 4, 3)
labels = np.array([[0, 0], [0, 1]])
def hear(painted):
    st.session_state["heard"] = str(painted)
brush(*cats, HALF, key="b", name="Collage", titles=("seed 1", "seed 2"), regions=(named(labels), []), on_paint=hear)
"""
CATS = np.arange(2 * 48, dtype=np.uint8).reshape(2, 4, 4, 3)


def show(a: np.ndarray, b: np.ndarray, *regions: Region) -> None:
    brush(a, b, HALF, key="b", name="n", titles=("a", "b"), regions=(regions, ()), on_paint=lambda painted: None)


def test_the_browser_gets_both_cats_the_mask_and_the_regions() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=30).run()
    assert not app.exception
    (told,) = (json.loads(each.proto.json) for each in app.get("bidi_component"))
    assert told["sheets"] == sheets(CATS)
    assert (told["mask"], told["titles"], told["name"]) == (str(HALF), ["seed 1", "seed 2"], "Collage")
    (first, second), none = told["regions"]
    assert none == []
    assert first["name"].startswith("group 1, 75%")
    assert second == {"name": "group 2, 25%, bottom right", "mask": "1~00000000*16-0000ffff*16"}
    assert "heard" not in app.session_state


@pytest.mark.parametrize(
    ("a", "b", "word"),
    [
        (CATS[0].astype(float), CATS[1], "uint8"),
        (CATS[0], CATS[1][:2], "alike"),
        (CATS[0, :, :, :2], CATS[1, :, :, :2], "alike"),
        (CATS[0, :0], CATS[1, :0], "alike"),
    ],
)
def test_cats_that_do_not_fit_are_refused(a: np.ndarray, b: np.ndarray, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        show(a, b)


def test_a_region_of_another_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="32 × 32"):
        show(*CATS, Region("ears", np.ones((16, 16), bool), 1.0, 1.0))
    assert Painted.of(np.ones((32, 32), bool)).share == 1
