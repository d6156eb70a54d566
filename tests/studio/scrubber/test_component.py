"""The component in a page: what Python gets back, and drawing more frames within one run."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from studio.scrubber.component import _CSS, _FEED_JS, _HTML, _JS


def app(total: int = 5, start: int | None = None, first: int = 1) -> None:
    import numpy as np
    import streamlit as st

    from studio.scrubber import Pane, scrubber

    frames = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    labels = ["a", "b", "c", "d", "e"]
    try:
        film = scrubber([Pane("x", frames[:first])], key="film", labels=labels[:first], total=total, start=start)
    except ValueError as mistake:
        st.error(mistake)
        st.stop()
    for n in range(first + 1, 6):
        film.update([Pane("x", frames[:n])], labels=labels[:n])
    st.text(film.frame)


def run(report: list[Any] | None = None, **arguments: Any) -> AppTest:
    test = AppTest.from_function(app, kwargs=arguments)
    if report:
        test.session_state["film"] = {"frame": report}
    return test.run()


def chain() -> str:
    import numpy as np

    from studio.scrubber import Pane, identity

    return identity([Pane("x", np.zeros((1, 4, 4, 3), np.uint8))])


def test_frames_can_arrive_within_one_run() -> None:
    test = run()
    assert not test.exception
    assert test.text[0].value == "0"


def test_the_same_frames_are_told_anew_in_each_run() -> None:
    """The browser would not hear of an element that it still has from a run that was cut short."""
    test = run()
    first, second = test.get("bidi_component")[1].proto, test.run().get("bidi_component")[1].proto
    assert "turn" in first.json
    assert first.id != second.id


@pytest.mark.parametrize(
    ("arguments", "report", "frame"),
    [
        ({}, None, "4"),  # the last frame
        ({"start": 2}, None, "2"),
        ({"start": 2}, "this chain", "3"),
        ({"start": 2}, "another chain", "2"),
    ],
)
def test_python_believes_only_what_was_said_of_this_chain(arguments: dict, report: str | None, frame: str) -> None:
    said = {"this chain": [3, chain()], "another chain": [3, "0"], None: None}[report]
    assert run(said, first=5, **arguments).text[0].value == frame


def picking(pixel: tuple[int, int] | None = None, heard: bool = False) -> None:
    import numpy as np
    import streamlit as st

    from studio.scrubber import Pane, scrubber

    def hear(row: int, column: int) -> None:
        st.session_state["heard"] = (row, column)

    panes = [Pane("x", np.zeros((2, 4, 6, 3), np.uint8))]
    film = scrubber(
        panes, key="film", labels=["a", "b"], pick=True, pixel=pixel, cell=2, on_pick=hear if heard else None
    )
    st.text(film.pixel)


@pytest.mark.parametrize(
    ("given", "report", "pixel"),
    [
        (None, None, "None"),
        ((1, 2), None, "(1, 2)"),
        ((9, -1), None, "(3, 0)"),  # another picture is smaller
        ((1, 2), [3, 5, "[1,2]"], "(3, 5)"),
        (None, [3, 5, "null"], "(3, 5)"),
        ((0, 0), [3, 5, "[1,2]"], "(0, 0)"),  # Python has given another pixel since
    ],
)
def test_the_last_to_pick_a_pixel_is_believed(given: tuple | None, report: list | None, pixel: str) -> None:
    test = AppTest.from_function(picking, kwargs={"pixel": given})
    test.session_state["film"] = {"frame": None, "pixel": report}
    test.run()
    assert not test.exception
    assert test.text[0].value == pixel


def test_a_page_that_keeps_the_pixel_itself_is_followed() -> None:
    test = AppTest.from_function(picking, kwargs={"pixel": (1, 2), "heard": True})
    test.session_state["film"] = {"frame": None, "pixel": [3, 5, "[1,2]"]}
    assert test.run().text[0].value == "(1, 2)"


@pytest.mark.parametrize(("arguments", "message"), [({"start": 5}, "0 to 4"), ({"total": 3, "first": 5}, "total is 3")])
def test_mistakes_are_named(arguments: dict, message: str) -> None:
    test = run(**({"first": 5} | arguments))
    assert message in test.error[0].value


def test_the_script_never_writes_markup() -> None:
    """Titles, labels and captions come from outside, and the component is not in a sandbox."""
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write"):
        assert word not in _JS + _FEED_JS
    assert "<script" not in _HTML
    assert "@import" not in _CSS
    assert "http" not in _JS + _FEED_JS + _HTML + _CSS  # nothing is fetched from anywhere
