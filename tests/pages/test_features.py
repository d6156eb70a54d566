"""The Features page without a browser: every view of the tiny network, what its address asks for, what it says."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGE = Path(__file__).resolve().parents[2] / "pages" / "features.py"
TINY = {"checkpoint": "tiny", "steps": "4"}


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in {**TINY, **address}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def charts(app: AppTest) -> str:
    return " ".join(chart.key for chart in app.get("plotly_chart"))


def said(app: AppTest) -> str:
    return " ".join(text.value for text in (*app.caption, *app.markdown))


def test_it_opens_with_the_network_and_nobody_presses_anything(home: Path) -> None:
    app = page()
    assert not app.error
    assert "profile" in charts(app)
    assert "three main components" in said(app)


def test_the_address_names_the_block(home: Path) -> None:
    app = page(block="down.2")
    assert app.selectbox(key="block").value == "down.2"
    assert "down 8×8: 32 channels of 8×8" in said(app)


def test_a_block_that_is_not_there_leaves_the_default(home: Path) -> None:
    app = page(block="nose")
    assert not app.error
    assert app.selectbox(key="block").value == "up.3"


@pytest.mark.parametrize(
    ("about", "shows"),
    [
        ("Noise levels", "from noise to picture"),
        ("Numbers", "dead at every step"),
        ("Change it", "RMS difference"),
        ("Strongest pictures", ""),
        ("Makers of a region", ""),
    ],
)
def test_each_tab_about_a_block(home: Path, about: str, shows: str) -> None:
    app = page(show="Layer", about=about, block="up.1", channel="5")
    assert not app.error
    assert app.number_input(key="channel").value == 5
    assert shows in said(app)


def test_the_spectrum_has_the_scrubber_s_axis(home: Path) -> None:
    assert "spectrum" in charts(page(show="Layer", about="Spectrum"))


def test_a_channel_beyond_the_block_is_brought_back(home: Path) -> None:
    app = page(show="Layer", block="up.0", channel="31")
    app.selectbox(key="block").select("stem").run()
    assert not app.exception
    assert app.number_input(key="channel").value == 15


def test_pictures_are_shown_to_the_network_when_asked(home: Path) -> None:
    app = page(show="Layer", about="Strongest pictures", block="up.1", many="32")
    next(button for button in app.button if button.label == "Show the network 32 pictures").click().run()
    assert not app.exception
    assert "among 32 pictures" in said(app)


def test_a_source_that_is_not_there_is_said_in_words(home: Path) -> None:
    app = page(show="Layer", about="Strongest pictures", source="nowhere", many="32")
    next(button for button in app.button if button.label.startswith("Show the network")).click().run()
    assert not app.exception
    assert "nowhere" in app.error[0].value


def test_the_makers_of_a_region_are_ranked_when_asked(home: Path) -> None:
    app = page(show="Layer", about="Makers of a region", block="up.1")
    next(button for button in app.button if button.label.startswith("Silence each of the 32")).click().run()
    assert not app.exception
    assert "changes the box most" in said(app)


def test_a_fader_changes_the_picture_and_all_to_one_brings_it_back(home: Path) -> None:
    app = page(show="Skips")
    assert "RMS difference 0 of" in said(app)
    app.slider(key="fade-0").set_value(0.0).run()
    assert not app.exception
    assert "RMS difference 0 of" not in said(app)
    next(button for button in app.button if button.label == "All to 1").click().run()
    assert "RMS difference 0 of" in said(app)


def test_one_skip_is_cut_and_shuffled_by_its_address(home: Path) -> None:
    app = page(show="Skips", cut="stem → up.4", **{"cut-mode": "shuffled"})
    assert not app.error
    assert "RMS difference 0 of" not in said(app)


def test_skips_are_measured_when_asked(home: Path) -> None:
    app = page(show="Skips")
    assert "shares" in charts(app)
    next(button for button in app.button if button.label.startswith("Measure 4 skips at 4 noise levels")).click().run()
    assert not app.exception
    assert "harm" in charts(app)
