"""Figures of paths: what they draw, and what theory says beside it."""

import numpy as np
import pytest

from studio.figures import fuse

PLACES = np.linspace(0, 1, 5)


def test_theory_has_its_dip_in_the_middle() -> None:
    figure = fuse.noise_figure(PLACES, {"a": np.ones(5)})
    theory = next(trace for trace in figure.data if trace.name == fuse.LOST)
    assert theory.y[[0, 2, 4]] == pytest.approx([1, 0.5**0.5, 1])


def test_jumps_are_marked_between_their_frames() -> None:
    figure = fuse.speed_figure(PLACES, {"a": np.array([1, 9, 1, 1])}, {"a": np.array([1])})
    cross = next(trace for trace in figure.data if trace.name == "jump")
    assert (cross.x[0], cross.y[0]) == (0.375, 9)
    assert len(fuse.speed_figure(PLACES, {"a": np.ones(4)}, {}).data) == 1


def test_the_fifth_line_has_dashes_of_its_own() -> None:
    figure = fuse.speed_figure(PLACES, {str(i): np.ones(4) for i in range(9)}, {})
    assert [trace.line.dash for trace in figure.data] == ["solid"] * 4 + ["dash"] * 4 + ["dot"]


def test_a_table_has_a_dash_where_there_is_no_number() -> None:
    text = fuse.numbers([{"way": "a|b", "σ": float("nan"), "to A": 0.12345}])
    assert text.splitlines() == ["| way | σ | to A |", "| --- | --- | --- |", "| a\\|b | – | 0.123 |"]
    assert fuse.numbers([]) == ""
