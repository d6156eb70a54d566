"""The pad: what the browser is told of a grid that grows, of the hand, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from studio.scrubber.pad import Grid, _check, _frames, pad
from studio.scrubber.sheets import sheets

GRID = Grid("cats", 2, 3, (-1.0, 1.0), (0.0, 1.0), tuple("abcdef"), [(0, 0, "7")], 1)
PICTURES = np.arange(6 * 4 * 4 * 3, dtype=np.uint8).reshape(6, 4, 4, 3)

SCRIPT = """
import numpy as np
import streamlit as st
from studio.scrubber.pad import Grid, pad
pictures = np.arange(6 * 48, dtype=np.uint8).reshape(6, 4, 4, 3)
grid = Grid("cats", 2, 3, (-1.0, 1.0), (0.0, 1.0), tuple("abcdef"))
shown = pad(pictures[:2], [4, 1], grid, key="p", name="Cats", on_move=lambda x, y: None)
for n in st.session_state.get("grown", (3, 4, 6)):
    shown.update(pictures[:n], [4, 1, 0, 2, 3, 5][:n])
shown.rest(0.123, 1.0, pictures[0], "just here")
"""


def sent(app: AppTest) -> list[dict[str, object]]:
    """The data of each component on the page."""
    return [json.loads(each.proto.json) for each in app.get("bidi_component")]


def test_the_browser_gets_places_and_pictures_in_the_order_they_came() -> None:
    told = _frames(GRID, PICTURES[:3], np.array([4, 0, 5]))
    assert told["order"] == [4, 0, 5]
    assert told["sheets"] == sheets(PICTURES[:3])
    assert (told["width"], told["height"], told["labels"], told["x"]) == (4, 4, list("abcdef"), (-1.0, 1.0))
    json.dumps(told)


def test_a_pad_grows_by_half_and_ends_whole_and_the_hand_has_its_picture() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=30).run()
    assert not app.exception
    first, frames, hand = sent(app)
    assert first["order"] == [4, 1]
    assert frames["order"] == [4, 1, 0, 2, 3, 5]
    assert frames["part"] == "frames"
    assert (hand["at"], hand["exact"]["at"], hand["exact"]["label"]) == ([0.12, 1.0], [0.12, 1.0], "just here")


def test_the_hand_is_told_anew_in_each_run_though_it_says_the_same() -> None:
    """The browser would not hear of an element that it still has from a run that was cut short."""
    app = AppTest.from_string(SCRIPT, default_timeout=30).run()
    first = app.get("bidi_component")[2].proto
    app.run()
    second = app.get("bidi_component")[2].proto
    assert json.loads(first.json)["at"] == json.loads(second.json)["at"]
    assert first.id != second.id


@pytest.mark.parametrize(
    ("pictures", "at", "grid", "word"),
    [
        (PICTURES.astype(float), range(6), GRID, "uint8"),
        (PICTURES[:0], [], GRID, "N ≥ 1"),
        (PICTURES, range(5), GRID, "one of its own"),
        (PICTURES[:2], [1, 1], GRID, "one of its own"),
        (PICTURES[:1], [6], GRID, "one of its own"),
        (PICTURES[:1], [0], replace(GRID, labels="abc"), "labels"),
        (PICTURES[:1], [0], replace(GRID, rows=1, labels="abc"), "two a side"),
    ],
)
def test_what_does_not_fit_the_grid_is_refused(pictures: np.ndarray, at: list[int], grid: Grid, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        _check(pictures, at, grid)
    with pytest.raises(ValueError, match=word):
        pad(pictures, at, grid, key="p", name="Cats", on_move=lambda x, y: None)
