"""Figures of gradients: what stands where, and what a log scale cannot show."""

import numpy as np
import pytest

from studio.figures.gradients import curves_figure, depth_figure, heat_figure, log_ends, parts, positive, short_name

LAYERS = ("net.time.mlp.0", "net.stem", "net.down.0.conv", "net.down.1", "net.head.2")


def test_parts_begin_where_their_first_layer_stands() -> None:
    assert parts(LAYERS) == {"time": 0, "stem": 1, "down": 2, "head": 4}
    assert short_name("net.down.1") == "down.1"


def test_zeros_and_what_is_not_a_number_leave_gaps() -> None:
    np.testing.assert_array_equal(positive(np.array([1, 0, np.inf, np.nan])), [1, np.nan, np.nan, np.nan])


def test_depth_marks_the_flagged_layers_on_the_first_curve() -> None:
    figure = depth_figure(LAYERS, {"a": np.arange(5.0), "b": np.ones(5)}, title="t", marked=("net.stem",), level=1e-3)
    first, second = figure.data
    assert list(first.marker.symbol) == ["circle", "x", "circle", "circle", "circle"]
    assert np.isnan(first.y[0])
    assert first.line.dash != second.line.dash
    assert figure.layout.yaxis.type == "log"
    assert 1e-3 in [shape.y0 for shape in figure.layout.shapes]
    assert [shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1] == [0.5, 1.5, 3.5]  # between parts


def test_the_heat_map_has_input_first_and_shared_ends() -> None:
    values = np.array([[1.0, 10, 100, 0, 1], [1, 1, 1, 1, 1000]])  # (t, L)
    figure = heat_figure(LAYERS, np.array([62, 937]), values, title="t", x_title="t", ends=(0, 3))
    heat = figure.data[0]
    assert heat.z.shape == (5, 2)
    np.testing.assert_array_equal(heat.z[:, 0], [0, 1, 2, np.nan, 0])
    assert (heat.zmin, heat.zmax) == (0, 3)
    assert figure.layout.yaxis.autorange == "reversed"
    assert list(figure.layout.xaxis.ticktext) == ["62", "937"]


def test_colours_span_all_values_but_at_most_twelve_decades() -> None:
    assert log_ends(np.array([1e-2, 0.0]), np.array([1e3])) == pytest.approx((-2, 3))
    assert log_ends(np.array([1e-30, 1.0, np.nan])) == pytest.approx((-12, 0))
    assert log_ends(np.zeros(3)) == (0.0, 1.0)


def test_a_part_has_its_name_in_its_middle_if_there_is_room() -> None:
    layers = ("net.stem", *(f"net.down.{i}" for i in range(20)), *(f"net.up.{i}" for i in range(3)))
    axis = depth_figure(layers, {"a": np.ones(24)}, title="t").layout.xaxis
    assert dict(zip(axis.ticktext, axis.tickvals, strict=True)) == {"down": 10.5, "up": 22}


def test_the_log_axis_has_few_ticks_at_whole_powers_and_some_in_a_narrow_range() -> None:
    wide = depth_figure(LAYERS, {"a": np.array([1e-9, 1, 1, 1, 10.0])}, title="t")
    narrow = depth_figure(LAYERS, {"a": np.array([0.2, 0.2, 0.3, 0.2, 0.4])}, title="t")
    assert (wide.layout.yaxis.dtick, narrow.layout.yaxis.dtick) == (2, "D2")


def test_curves_are_told_apart_without_colour() -> None:
    x = np.arange(3)
    figure = curves_figure({"a": (x, x + 1.0), "b": (x, x * 1.0)}, title="t", x_title="step")
    assert [line.line.dash for line in figure.data] == ["solid", "dash"]
    assert np.isnan(figure.data[1].y[0])
