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
