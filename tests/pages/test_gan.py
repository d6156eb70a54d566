"""The GAN page without a browser: each tab of a tiny generator, what its address asks for, how bad values fare."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from studio.panels import gan_stroll, gan_truncation
from studio.recipe import Recipe
from studio.services import gan, gan_films, generate
from studio.services.gan import PSIS, Look

PAGE = Path(__file__).resolve().parents[2] / "pages" / "gan.py"
TABS = ("Seeds", "Truncation", "Mixing", "Noise", "Layers")


@pytest.fixture(autouse=True)
def afresh(gan_home: Path) -> None:
    gan.known.clear()
    gan.single.clear()


def page(tab: str, **address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in {"checkpoint": "tiny-gan", "tab": tab, **address}.items():
        app.query_params[name] = value
    return app.run()


def look(seed: int = 0, **settings: object) -> Look:
    return Look(generate.complete(Recipe("tiny-gan", seed)), **settings)


def said(app: AppTest) -> str:
    return " ".join(toast.value for toast in app.toast)


def charts(app: AppTest) -> list[str]:
    return [chart.key for chart in app.get("plotly_chart")]


def good(app: AppTest) -> bool:
    return not app.exception and not app.error


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens_by_its_address_and_can_be_taken_along(tab: str) -> None:
    app = page(tab, draws="10", others="1")
    assert good(app)
    assert any("You see" in caption.value for caption in app.caption)
    assert len(app.get("download_button")) == 4


def test_the_pad_is_drawn_and_the_place_of_the_address_is_exact() -> None:
    app = page("Seeds", seed="5", x="0.3", y="-1.25", psi="0.5")
    assert good(app)
    assert app.number_input(key="x").value == 0.3
    asked = look(5, psi=0.5)
    assert gan.known_pad(asked).done
    assert ("at", *asked.key, 0.3, -1.25) in gan.single
    # by hand: 0.7 of 75 % of seed -95 → 99,910 …
    corners = gan.corners(5, 0.3, -1.25)
    assert corners == pytest.approx({99_905: 0.7 * 0.75, 99_906: 0.3 * 0.75, 99_805: 0.7 * 0.25, 99_806: 0.3 * 0.25})


def test_a_plane_that_was_cancelled_stays_and_goes_on_when_asked() -> None:
    first = next(gan.pad(look(5)))
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.session_state["cancelled"] = f"pad-{look(5).name}"
    for name, value in {"checkpoint": "tiny-gan", "tab": "Seeds", "seed": "5"}.items():
        app.query_params[name] = value
    app.run()
    assert good(app)
    assert len(gan.known_pad(look(5)).at) == len(first.at)  # nothing was made
    next(button for button in app.button if button.label == "Run again").click().run()
    assert good(app)
    assert gan.known_pad(look(5)).done


def test_going_on_makes_the_nearest_seed_the_middle_and_keeps_the_place() -> None:
    app = page("Seeds", seed="5", x="1.25", y="0.9")
    before = gan.at(look(5), 1.25, 0.9)
    next(button for button in app.button if button.label == "Go on from seed 106").click().run()
    assert good(app)
    assert app.number_input(key="seed").value == 106
    assert (app.number_input(key="x").value, app.number_input(key="y").value) == (0.25, -0.1)
    assert np.abs(gan.at(look(106), 0.25, -0.1).astype(int) - before).max() <= 1


def test_truncation_draws_both_curves_and_more_seeds_meet_at_0() -> None:
    app = page("Truncation", beside="2", seed="4")
    assert good(app)
    assert len(charts(app)) == 2
    films = [gan_films.known_truncation(look(seed)) for seed in (4, 5)]
    middle = PSIS.tolist().index(0)
    assert np.abs(films[0].pictures[middle].astype(int) - films[1].pictures[middle]).max() <= 1
    assert (films[0].pictures[-1] != films[1].pictures[-1]).any()


def test_psi_of_the_film_goes_to_the_whole_page() -> None:
    app = page("Truncation", psi="0.5")
    button = next(button for button in app.button if button.label.startswith("Use ψ"))
    assert button.disabled  # the film begins where the page is
    assert gan_truncation.MOST == 4


def test_mixing_takes_the_layers_of_the_address() -> None:
    names = list(gan.layers("tiny-gan"))
    app = page("Mixing", a="1, 2", b="7-9")
    assert good(app)
    app.button(key="take-All").click().run()
    assert good(app)
    assert app.session_state["ticked"] == names
    assert app.query_params["layers"] == "1,2,3,4,5,6"
    mixtures = gan_films.known_mixing(look(), [1, 2], [7, 8, 9], list(range(len(names))))
    assert np.array_equal(mixtures[0], gan.pictures(look(), [7, 8, 9]))
    assert np.array_equal(mixtures[0], mixtures[1])


@pytest.mark.parametrize(
    ("address", "ticked"),
    [({}, [4, 5]), ({"layers": "1,3"}, [0, 2]), ({"layers": "none"}, []), ({"layers": "x"}, [4, 5])],
)
def test_the_address_holds_the_layers_also_none(address: dict[str, str], ticked: list[int]) -> None:
    app = page("Mixing", a="1", b="7", **address)
    assert good(app)
    names = gan.layers("tiny-gan")
    assert app.session_state["ticked"] == [names[i] for i in ticked]
    assert gan_films.known_mixing(look(), [1], [7], ticked) is not None


@pytest.mark.parametrize(
    ("typed", "word"),
    [("cat", "cat"), ("3-1", "go up"), ("0-4000000000", "at most"), ("0-99", "more than 8"), ("-4", "write numbers")],
)
def test_seeds_that_cannot_be_are_said_in_words(typed: str, word: str) -> None:
    app = page("Mixing", a=typed)
    assert not app.exception
    assert word in app.error[0].value


def test_noise_and_layers_are_measured_as_asked() -> None:
    assert good(page("Noise", draws="20", seed="3"))
    assert len(gan_films.known_noise(look(3), 20).pictures) == 20
    app = page("Layers", others="2", seed="3")
    assert good(app)
    assert gan_films.known_effects(look(3), 2).others == 2
    assert len(charts(app)) == 1


@pytest.mark.parametrize(
    ("address", "word"),
    [({"seed": "many"}, "many"), ({"checkpoint": "../../etc"}, "../../etc")],
)
def test_a_bad_value_in_the_address_is_named_and_nothing_breaks(address: dict[str, str], word: str) -> None:
    app = page("Truncation", **address)
    assert not app.exception
    assert word in said(app)


@pytest.mark.parametrize("tab", TABS)
def test_numbers_out_of_range_break_nothing(tab: str) -> None:
    app = page(
        tab, psi="9", cutoff="99", draw="-1", x="7", y="nan", draws="10", others="1", mix_row="90", layers="nose"
    )
    assert not app.exception


def test_random_noise_has_a_number_only_when_it_is_random() -> None:
    app = page("Truncation")
    assert app.number_input(key="draw").disabled
    app = page("Truncation", noise="random", draw="7")
    assert good(app)
    assert not app.number_input(key="draw").disabled
    assert gan_films.known_truncation(look(noise="random", draw=7)) is not None


def test_without_a_checkpoint_the_page_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.services.library.checkpoints", lambda can="": [])
    app = page("Seeds")
    assert not app.exception
    assert "python -m engines train projected-cat-64" in app.info[0].value


@pytest.mark.parametrize("tab", ["Mixing", "Noise", "Layers", "Truncation"])
def test_what_needs_styles_says_so_for_a_generator_without(tab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan, "steered_by", lambda checkpoint: "direction")
    app = page(tab)
    assert good(app)
    assert "stylegan2" in app.info[0].value
    assert app.slider(key="psi").disabled
    assert app.slider(key="psi").help


RESTORED = """
import streamlit as st
from studio import state
from studio.recipe import Recipe
try:
    state.restore(Recipe.from_json(st.query_params["json"]))
except ValueError as error:
    st.error(str(error))
st.write(st.session_state.get("elsewhere", Recipe()).view)
"""


@pytest.mark.parametrize("view", ["gan?tab=Mixing&layers=1,2", ""])
def test_a_picture_of_one_pass_leads_to_its_page_and_sets_no_chain(view: str) -> None:
    app = AppTest.from_string(RESTORED, default_timeout=60)
    app.query_params["json"] = replace(look(5).recipe, view=view).to_json()
    app.run()
    assert not app.exception
    assert "seed" not in app.session_state
    assert [line.value for line in app.markdown] == [view]
    assert [("one pass" in error.value) for error in app.error] == [True] * (not view)


@pytest.mark.parametrize(("route", "ends"), [("a circle", (1.0, 0.5)), ("left to right", (-2.0, 0.5))])
def test_a_walk_over_the_plane_is_exact_and_can_be_animated(route: str, ends: tuple[float, float]) -> None:
    app = page("Seeds", seed="5", x="1", y="0.5", stroll=route)
    assert good(app)
    places = gan_stroll.ROUTES[route](1.0, 0.5)
    assert places[0] == pytest.approx(ends)
    pictures = gan.known_stroll(look(5), places)
    assert len(pictures) == gan_stroll.FRAMES
    assert np.abs(pictures[0].astype(int) - gan.at(look(5), *ends)).max() <= 1
    app.button(key="animate-over-the-plane").click().run()
    assert good(app)


def test_paths_stay_on_the_plane() -> None:
    for route in gan_stroll.ROUTES.values():
        for place in ((0.0, 0.0), (2.0, -2.0), (-0.25, 1.5)):
            path = route(*place)
            assert path.shape == (gan_stroll.FRAMES, 2)
            assert np.abs(path).max() <= gan.REACH
            assert np.ptp(path, axis=0).max() > 0
