"""Feature maps in colour, and their figures, against values worked out by hand."""

import numpy as np
import pytest

from studio.figures import skips
from studio.figures.colour import lookup
from studio.figures.features import (
    channel_figure,
    effect_figure,
    enlarge,
    framed,
    grid,
    levels,
    loud,
    marked,
    profile_figure,
    signed,
)

T = np.array([90, 50, 10])


def colour(share: float) -> list[int]:
    return lookup("puor")[round(255 * share)].tolist()


def test_one_scale_for_the_chain_compares_steps_and_one_per_step_or_map_does_not() -> None:
    values = np.array([4.0, -2.0, 2.0, -1.0]).reshape(2, 2, 1, 1)  # two steps, two channels, one pixel
    rgb, end, unit = signed(values, "chain")
    assert (end, unit) == (pytest.approx(np.percentile([4, 2, 2, 1], 99.5)), "")
    assert rgb[0, 1, 0, 0].tolist() == colour(0.5 - 1 / end)
    rgb, end, unit = signed(values, "map")
    assert (end, unit) == (1, "of the map")
    assert [rgb[s, c, 0, 0].tolist() for s in (0, 1) for c in (0, 1)] == [colour(1), colour(0)] * 2
    rgb, _, _ = signed(values, "step")
    assert np.array_equal(rgb[0], rgb[1])  # the second step is the first, half as strong


def test_nothing_is_the_middle_of_the_scale() -> None:
    rgb, _, _ = signed(np.zeros((1, 2, 3, 3)), "step")
    assert (rgb == colour(0.5)).all()


def test_decibels_run_from_minus_40_to_20() -> None:
    rgb = loud(np.array([-60.0, -40, 20, 30]).reshape(1, 1, 2, 2)).reshape(4, 3)
    assert rgb[0].tolist() == rgb[1].tolist() == lookup("viridis")[0].tolist()
    assert rgb[2].tolist() == rgb[3].tolist() == lookup("viridis")[255].tolist()


def test_a_grid_holds_each_map_in_its_cell() -> None:
    rgb = np.arange(2 * 5 * 3 * 3 * 3).reshape(2, 5, 3, 3, 3).astype(np.uint8)
    sheet = grid(rgb)
    assert (sheet.columns, sheet.count, sheet.pitch) == (3, 5, 4)
    assert sheet.frames.shape == (2, 8, 12, 3)
    for i in range(5):
        y, x = i // 3 * 4, i % 3 * 4
        assert np.array_equal(sheet.frames[:, y : y + 3, x : x + 3], rgb[:, i])
    assert (sheet.frames[:, 4:, 8:] == 128).all()  # there is no sixth


def test_enlarging_repeats_pixels() -> None:
    rgb = np.arange(4 * 3).reshape(1, 2, 2, 3).astype(np.uint8)
    assert np.array_equal(enlarge(rgb, 4), rgb.repeat(2, 1).repeat(2, 2))


def test_levels_span_the_chain() -> None:
    assert levels(20) == [0, 4, 8, 11, 15, 19]
    assert levels(3) == [0, 1, 2]
    assert levels(1) == [0]


@pytest.mark.parametrize(("measure", "shown"), [("std", 2.0), ("max", 2.0), ("dead", 10_000.0), ("mean", 100.0)])
def test_the_profile_has_a_row_per_block_in_the_order_of_the_data(measure: str, shown: float) -> None:
    values = np.array([[100.0, 1, 1], [1, 1, 1]])
    figure = profile_figure(T, ["stem", "head"], values, measure)
    [heat] = figure.data
    assert heat.z[0][0] == pytest.approx(shown)
    assert list(heat.y) == ["stem", "head"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert list(figure.layout.xaxis.range) == [-0.5, 2.5]
    assert heat.customdata[0].tolist() == ["90", "50", "10"]


def test_a_mean_is_coloured_around_nothing() -> None:
    [heat] = profile_figure(T, ["a"], np.array([[-3.0, 1, 2]]), "mean").data
    assert (heat.zmin, heat.zmax) == (-3, 3)


def test_curves_stand_on_the_scrubber_s_axis() -> None:
    figure = channel_figure(T, {"mean": np.array([1.0, 2, 3])}, "Channel 3")
    assert figure.data[0].x.tolist() == [0, 1, 2]
    assert list(figure.layout.xaxis.range) == [-0.5, 2.5]


def test_channels_are_ranked_by_what_the_box_loses() -> None:
    inside, outside = effect_figure(np.array([1.0, 3, 2]), np.array([9.0, 8, 7]), most=2).data
    assert (list(inside.x), list(inside.y), list(outside.y)) == (["1", "2"], [3, 2], [8, 7])


def test_outside_the_box_the_picture_is_dim() -> None:
    picture = np.full((4, 4, 3), 200, np.uint8)
    shown = marked(picture, (1, 2, 3, 4))
    assert (shown[1:3, 2:4] == 200).all()
    assert (shown[0] == 130).all()


def test_a_frame_surrounds_the_cell_and_leaves_it_as_it_is() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    shown = framed(picture, (1, 0), 4)[..., 0]
    assert not shown[2:4, 0:2].any()
    assert (shown[[1, 4], 0:3] == 255).all()
    assert shown.sum() == 255 * 8  # three above, three below, two to the right; the left edge is the picture's


def test_skips_in_figures() -> None:
    shares = np.array([[0.1, 0.5], [0.2, 0.6], [0.3, 0.7]])
    [heat] = skips.shares_figure(T, ["a", "b"], shares).data
    assert heat.z[1].tolist() == pytest.approx([50, 60, 70])
    assert (heat.zmin, heat.zmax) == (0, 100)
    harm = skips.harm_figure(T, ["a", "b"], shares, "predicted noise")
    assert harm.data[0].z[0].tolist() == pytest.approx([10, 20, 30])
    assert "predicted noise" in harm.layout.title.text
    before, after = skips.spectra_figure(np.array([1.0, 0]), np.array([2.0, 3])).data
    assert (before.x.tolist(), before.y[0], after.y.tolist()) == ([1, 2], 1, [2, 3])
    assert before.y[1] > 0  # a logarithm has no place for nothing
