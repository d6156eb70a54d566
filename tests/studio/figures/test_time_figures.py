"""Schedule, chain and spectrum against hand-computed numbers, on the axis they share with the scrubber."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from studio.figures.chain import ChainCurves, chain_curves, chain_figure
from studio.figures.schedule import schedule_figure
from studio.figures.spectrum import radial_spectrum, spectrum_figure, spectrum_lines_figure

T = np.array([8, 4, 0, -1])
ALPHA_BAR = np.array([1.0, 0.9, 0.8, 0.7, 0.5, 0.3, 0.2, 0.1, 0.0])
FRAMES = np.array([0.0, 0.5, 1.0, 1.0])
SPECTRA = 10.0 ** np.array([[0, 0, 0], [1, 0, -1], [2, 0, -5], [2, 0, -9]])


def figures() -> dict[str, go.Figure]:
    nothing = np.zeros(4)
    return {
        "schedule": schedule_figure(T, ALPHA_BAR, FRAMES),
        "chain": chain_figure(T, ChainCurves(nothing, nothing, nothing)),
        "spectrum": spectrum_figure(T, SPECTRA),
        "lines": spectrum_lines_figure(T, SPECTRA),
    }


@pytest.mark.parametrize("name", ["schedule", "chain", "spectrum"])
def test_the_time_axis_is_the_scrubber_s(name: str) -> None:
    axis = figures()[name].layout.xaxis
    assert list(axis.range) == [-0.5, 3.5]  # frame i in the middle of its slot
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True)) == {0: "8", 1: "4", 2: "0", 3: "end"}


@pytest.mark.parametrize("name", ["schedule", "chain", "spectrum", "lines"])
def test_figures_are_small_clear_and_leave_dragging_to_the_scrubber(name: str) -> None:
    layout = json.loads(figures()[name].to_json())["layout"]
    assert layout["height"] <= 220
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert layout["dragmode"] is False
    assert layout["xaxis"]["title"]["text"]
    assert layout["yaxis"]["title"]["text"]


def test_the_schedule_goes_through_every_t_between_the_frames() -> None:
    picture, noise, snr = figures()["schedule"].data
    assert list(picture.customdata) == [8, 7, 6, 5, 4, 3, 2, 1, 0, -1]
    assert np.allclose(picture.x, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 3])
    assert np.allclose(np.square(picture.y) + np.square(noise.y), 1)
    assert snr.y[4] == pytest.approx(0)  # ᾱ = ½
    assert snr.y[1] == pytest.approx(10 * np.log10(1 / 9))
    assert np.isnan(snr.y[[0, 8, 9]].astype(float)).all()  # no noise, or nothing but noise
    assert [i for i, size in enumerate(picture.marker.size) if size] == [0, 4, 8, 9]  # the steps in use


def test_a_chain_that_starts_late_leaves_out_what_it_never_passes() -> None:
    figure = schedule_figure(np.array([4, 2, -1]), ALPHA_BAR, np.array([0.5, 0.8, 1.0]))
    assert list(figure.data[0].customdata) == [4, 3, 2, 1, 0, -1]


def test_the_schedule_names_mistakes() -> None:
    with pytest.raises(ValueError, match="4 times but 3 values"):
        schedule_figure(T, ALPHA_BAR, FRAMES[:3])
    with pytest.raises(ValueError, match="must fall"):
        schedule_figure(T[::-1], ALPHA_BAR, FRAMES)


def test_chain_curves_by_hand() -> None:
    x_t = np.zeros((3, 1, 2, 1))
    x_t[1] = [[[3.0], [4.0]]]  # from nothing: RMS √12.5
    x_t[2] = [[[3.0], [5.0]]]  # one of two pixels by 1: RMS √½
    eps = np.zeros((3, 1, 2, 1))
    eps[0] = [[[-2.0], [2.0]]]
    curves = chain_curves(x_t, x_t, eps)
    assert np.isnan(curves.change[0])
    assert curves.change[1:] == pytest.approx([np.sqrt(12.5), np.sqrt(0.5)])
    assert curves.noise[:2] == pytest.approx([2, 0])
    assert np.isnan(curves.noise[2])
    assert curves.distance == pytest.approx([np.sqrt((9 + 25) / 2), np.sqrt(0.5), 0])


def test_white_noise_has_its_variance_at_every_frequency() -> None:
    noise = np.random.default_rng(0).normal(0, 0.5, (512, 16, 16, 3))
    assert radial_spectrum(noise).mean(axis=0) == pytest.approx(np.full(8, 0.25), rel=0.05)


@pytest.mark.parametrize("cycles", [1, 3, 8])
def test_a_wave_has_power_at_its_frequency_only(cycles: int) -> None:
    wave = np.cos(2 * np.pi * cycles * np.arange(16) / 16)[None, None, :, None] * np.ones((1, 16, 1, 1))
    spectrum = radial_spectrum(wave + 7)[0]  # the mean of a picture is no structure
    assert spectrum[cycles - 1] > 1
    assert np.delete(spectrum, cycles - 1) == pytest.approx(np.zeros(7), abs=1e-20)


def test_the_heat_map_shows_six_decades_of_log_power() -> None:
    heat = figures()["spectrum"].data[0]
    assert heat.z.shape == (3, 4)  # frequency by frame
    assert heat.z[2].tolist() == [0, -1, -5, -9]
    assert (heat.zmin, heat.zmax) == (-4, 2)
    assert heat.showscale is not False


def test_the_lines_are_the_first_middle_and_last_frame() -> None:
    lines = figures()["lines"].data
    assert [line.name for line in lines] == ["t = 8", "t = 4", "end"]
    assert len({line.line.dash for line in lines}) == 3  # told apart without colour
    with pytest.raises(ValueError, match="for 4 frames"):
        spectrum_lines_figure(T, SPECTRA[:2])
