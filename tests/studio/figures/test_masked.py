"""The figure of numbers over the share of the chain that runs."""

import numpy as np

from studio.figures.masked import start_figure

STARTS = np.array([0, 0.5, 1])


def test_a_line_for_each_method_and_one_for_each_level_that_is_known() -> None:
    curves = {"In noise": np.array([5, 2, 1.0]), "Held": np.array([1, np.nan, 1])}
    figure = start_figure(STARTS, curves, {"A alone": 0.9, "B alone": float("nan")}, title="Seam", unit="ratio")
    noise, held, level = figure.data
    assert [trace.name for trace in figure.data] == ["In noise", "Held", "A alone"]
    assert noise.y.tolist() == [5, 2, 1]
    assert np.isnan(held.y[1])
    assert (level.x, level.y) == ((0, 1), (0.9, 0.9))
    assert noise.line.dash != held.line.dash  # colour is never the only mark
    assert figure.layout.title.text == "Seam"
    assert figure.layout.xaxis.range == (-0.25, 1.25)  # half a frame to each side, as the scrubber's cursor goes


def test_one_frame_is_enough() -> None:
    assert start_figure(np.array([0.0]), {"x": np.array([1.0])}, {}, title="", unit="").data[0].y.tolist() == [1]
