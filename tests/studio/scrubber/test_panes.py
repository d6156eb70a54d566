"""What does not belong together is refused in words; what is the same chain is known as such."""

import numpy as np
import pytest

from studio.scrubber import Legend, Pane, Plot, identity
from studio.scrubber.panes import check, payload


def pane(frames: int, title: str = "x_t", level: int = 0) -> Pane:
    return Pane(title, np.full((frames, 4, 6, 3), level, np.uint8))


def test_what_fits_is_counted() -> None:
    assert check([pane(3), pane(3)], ["a", "b", "c"], [Plot("p", [0, 1, 2])], 5, 1) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"panes": []}, "at least one Pane"),
        ({"panes": [pane(3), pane(2, "x₀")]}, "pane 'x₀' 2"),
        ({"panes": [Pane("x_t", np.zeros((3, 4, 6, 3)))]}, "float64; allowed: uint8"),
        ({"panes": [Pane("x_t", np.zeros((3, 4, 6), np.uint8))]}, r"\(S, H, W, 3\)"),
        ({"panes": [pane(0)], "labels": []}, "S, H, W ≥ 1"),
        ({"labels": ["a", "b"]}, "labels 2"),
        ({"plots": [Plot("curves", [0.0])]}, "'curves' has 1 positions for 3 frames"),
        ({"total": 2}, "total is 2, yet 3 frames"),
        ({"strip": 1}, "allowed: 0 to 0"),
    ],
)
def test_what_does_not_fit_is_named(change: dict, message: str) -> None:
    good = {"panes": [pane(3)], "labels": ["a", "b", "c"], "plots": [], "total": 3, "strip": 0}
    with pytest.raises(ValueError, match=message):
        check(**(good | change))


def test_identity_outlives_growth_and_tells_chains_apart() -> None:
    assert identity([pane(2)]) == identity([pane(9)])
    assert identity([pane(2)]) != identity([pane(2, level=1)])
    assert identity([pane(2)]) != identity([pane(2, "x₀")])


def test_the_browser_learns_sizes_and_colour_bar() -> None:
    described = payload(Pane("noise", np.zeros((1, 4, 6, 3), np.uint8), "help", Legend("grey", -1.5, 1.5, "σ")))
    assert (described["width"], described["height"]) == (6, 4)
    assert described["legend"]["numbers"] == ["−1.5", "0", "1.5"]
    assert described["legend"]["colours"][0] == "#000000"
    assert described["legend"]["colours"][-1] == "#ffffff"
