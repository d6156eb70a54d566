"""The Gradients page without a browser."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engines.training.flow import Flow
from studio.services import gradients, twins

PAGE = Path(__file__).resolve().parents[2] / "pages" / "gradients.py"


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=400)
    for name, value in {"checkpoint": "tiny", "batch": "2", **address}.items():
        app.query_params[name] = value
    return app.run()


def charts(app: AppTest) -> list[str]:
    return [chart.key for chart in app.get("plotly_chart")]


def said(app: AppTest) -> str:
    return " ".join(text.value for text in (*app.caption, *app.warning, *app.markdown, *app.info, *app.error))


def test_opening_shows_a_step_its_figures_and_every_number(home: Path) -> None:
    app = page(seed="3")
    assert not app.exception
    assert not app.error
    assert {"sizes", "ratios"} <= {key.split("-")[-1] for key in charts(app)}
    flow = gradients.step("tiny", "drawn", 3, 2, True).flow
    table = app.dataframe[0].value
    np.testing.assert_allclose(table["norm"], flow.norm)
    assert list(table["layer"]) == [layer.removeprefix("net.") for layer in flow.layers]
    assert "seed 3 · 2 × drawn · min-SNR γ = 5" in said(app)


def test_the_switch_changes_the_step(home: Path) -> None:
    app = page()
    before = app.dataframe[0].value["norm"].to_numpy()
    app.toggle(key="min_snr").set_value(False).run()
    assert not app.exception
    assert "no weights" in said(app)
    assert not np.allclose(app.dataframe[0].value["norm"], before, rtol=0.05)


def test_flags_are_said_in_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gradients.step("tiny", "drawn", 0, 2, True)
    zeros = np.zeros_like(real.flow.norm)
    sick = Flow(**vars(real.flow) | {"mean": zeros, "norm": zeros, "dead": zeros + 1})
    monkeypatch.setattr("engines.introspect.gradients.step_flow", lambda *_: type(real)(real.t, 0.0, sick, (), None, 0))
    monkeypatch.setattr(gradients, "_known", type(gradients._known)())
    app = page()
    assert not app.exception
    assert "**Dead**: all layers have gradients of which 50% or more are exactly 0." in said(app)


def test_noise_levels_are_on_their_tab_alone(home: Path) -> None:
    app = page()
    assert not any("heat" in key for key in charts(app))
    app = page(tab="By noise level")
    assert not app.exception
    assert any("heat" in key for key in charts(app))
    assert "min-SNR, γ = 5" in said(app)


def test_over_a_run_without_any_says_what_to_do(home: Path) -> None:
    app = page(tab="Over a run")
    assert not app.exception
    assert "python -m engines train" in said(app)


def test_a_bad_source_or_folder_is_said_in_words(home: Path) -> None:
    app = page(source="/nowhere")
    assert not app.exception
    assert "/nowhere" in app.error[0].value
    app = page(tab="Over a run", folder="/nowhere")
    assert not app.exception
    assert "no log of gradients" in app.error[0].value


def test_twins_are_trained_shown_and_listed_among_the_runs(home: Path) -> None:
    app = page(tab="Break it", mistake="Weights start at 0", seconds="5")
    assert not app.exception
    assert "Expected: **dead**" in said(app)
    assert not charts(app)
    app.button(key="train").click().run()
    assert not app.exception
    assert not app.error
    healthy, broken = twins.trained("start")
    assert [flag.kind for flag in broken.flags] == ["dead"]
    assert healthy.flags == ()
    assert broken.samples.shape == (16, 16, 16, 3)
    assert len(app.image) == 2
    assert "**Dead**" in said(app)
    assert "break-start/broken" in page(tab="Over a run").selectbox(key="run").options
