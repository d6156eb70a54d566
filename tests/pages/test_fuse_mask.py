"""The panel of masked fusion on a page of its own, on the tiny checkpoint: address, films, numbers, and what fails."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from studio.panels import fuse_mask
from studio.recipe import Recipe
from studio.services import mask, mask_film, mask_layers, regions
from studio.services.cats import Cat
from studio.services.mask import Ask
from studio.services.painted import HALF, Painted

PAGE = """
import streamlit as st
from studio import state, widgets
from studio.panels import fuse_mask
from studio.recipe import Recipe
from studio.services import generate
from studio.services.cats import Cat
st.html(widgets.STYLE)
with widgets.errors():
    state.notices()
    recipe = Recipe("tiny", steps=int(st.query_params.get("steps", 4)), start=0.5)
    cats = Cat(seed=1), Cat.read(st.query_params.get("b", "seed:2"))
    fuse_mask.show(generate.complete(recipe), cats)
"""
TEXT = "0~ff000000*16-00000000*16"
ASK = Ask(Recipe("tiny", steps=4), (Cat(seed=1), Cat(seed=2)), Painted.read(TEXT))


@pytest.fixture(autouse=True)
def afresh(home: Path) -> None:
    mask._memory.clear()
    regions._looks.clear()


def page(**address: str) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=180)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def components(app: AppTest) -> list[str]:
    return [each.proto.component_name for each in app.get("bidi_component")]


def text(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption])


def test_the_panel_shows_brush_films_and_numbers() -> None:
    app = page()
    assert not app.error
    names = components(app)
    assert "whisker_brush" in names
    assert "whisker_scrubber" in names
    assert len(app.get("plotly_chart")) == 3
    for title, _ in mask.methods().values():
        assert title in text(app)
    assert "50% of seed 1, 50% of seed 2" in text(app)
    assert "**You see**" in text(app)
    assert mask.known(Ask(Recipe("tiny", steps=4), ASK.cats, HALF)).done


def test_the_mask_of_the_address_is_what_is_fused() -> None:
    app = page(mask=TEXT)
    assert not app.error
    assert app.query_params["mask"] == TEXT
    assert "87% of seed 1, 13% of seed 2" in text(app)
    assert mask.known(ASK) is not None


def test_a_mask_painted_on_another_page_is_taken_up_and_half_and_half_needs_no_address() -> None:
    app = AppTest.from_string(PAGE, default_timeout=180)
    app.session_state["kept mask"] = TEXT
    app.run()
    assert app.query_params["mask"] == TEXT
    assert "mask" not in page(mask=str(HALF)).query_params


@pytest.mark.parametrize("wrong", ["half", "1~0000ffff*31", "9~0000ffff*32"])
def test_a_mask_that_is_none_is_named_and_half_and_half_shown(wrong: str) -> None:
    app = page(mask=wrong)
    assert not app.error
    assert "50% of seed 1" in text(app)
    app.run()
    assert any("mask" in toast.value for toast in app.toast)


def test_what_was_made_is_shown_without_asking_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    page(mask=TEXT)
    monkeypatch.setattr(mask_film, "film", None)
    monkeypatch.setattr(mask, "measured", None)
    monkeypatch.setattr(regions, "look", None)
    app = page(mask=TEXT)
    assert len(app.get("plotly_chart")) == 3


def test_one_cat_alone_has_no_seam_and_no_numbers_for_the_other() -> None:
    app = page(mask="0~00000000*32")
    assert not app.error
    assert "100% of seed 1" in text(app)
    assert "| Scissors | – | 0 | – | – |" in text(app)


def test_a_cancelled_film_stays_as_far_as_it_came() -> None:
    ask = Ask(Recipe("tiny", steps=6), ASK.cats, ASK.painted)
    growing = mask_film.film(ask)
    while next(growing).taken < 2:
        pass
    growing.close()
    app = AppTest.from_string(PAGE, default_timeout=180)
    app.query_params["mask"], app.query_params["steps"] = TEXT, "6"
    app.session_state["cancelled"] = f"mask-{ask.name}"
    app.run()
    assert not app.exception
    assert "whisker_scrubber" in components(app)
    assert not app.get("plotly_chart")
    next(each for each in app.button if each.label == "Run again").click().run()
    assert len(app.get("plotly_chart")) == 3


def test_the_number_of_regions_is_in_the_address() -> None:
    app = page(regions="3")
    assert next(each for each in app.slider if each.key == "regions").value == 3
    assert [len(each) for each in regions_of(app)] == [3, 3]


def regions_of(app: AppTest) -> list[list[Any]]:
    import json

    told = (json.loads(each.proto.json) for each in app.get("bidi_component"))
    return next(each["regions"] for each in told if "regions" in each)


def test_a_cat_that_is_not_here_is_said_in_words() -> None:
    assert "not on this machine" in page(b="photo:0123456789abcdef").error[0].value


@pytest.fixture
def both(home: Path, tiny_gan_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with a model that walks a chain and a generator with styles."""
    folder = tmp_path / "both" / "checkpoints"
    folder.mkdir(parents=True)
    for place, name in ((home, "tiny"), (tiny_gan_home, "tiny-gan")):
        (folder / name).symlink_to(place / "checkpoints" / name)
    monkeypatch.setenv("WHISKER_HOME", str(folder.parent))


def test_layers_wait_until_they_are_asked_for(both: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_layers, "SEARCH", 2)
    app = page(generator="tiny-gan")
    assert components(app).count("whisker_scrubber") == 1
    app.button(key="ask-layers").click().run()
    assert not app.exception
    assert components(app).count("whisker_scrubber") == 2
    assert mask_layers.known("tiny-gan", ASK.cats, "tiny").done
    assert components(page(generator="tiny-gan")).count("whisker_scrubber") == 2  # it is known by now


def test_without_a_generator_the_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_layers, "generators", list)
    assert any("stylegan2" in info.value for info in page().info)


def test_hints_are_three_lines() -> None:
    assert [hint.split("**")[1] for hint in fuse_mask.HINTS] == ["You see", "Try", "Why"]


def test_files_hold_all_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: dict[str, Any] = {}
    monkeypatch.setattr(
        "studio.widgets.export",
        lambda name, recipe, parts, arrays: taken.update(recipe=recipe, parts=parts(), arrays=arrays()),
    )
    page(mask=TEXT)
    assert taken["recipe"].sampler == "ddim"  # whatever the page has picked
    first, *strips, curves, table = taken["parts"]
    assert [part.title for part in first] == ["A: seed 1", "B: seed 2", "who owns what, 1 is B", "Scissors"]
    assert [part.values.shape for part in strips] == [(16, 5 * 18 - 2, 3)] * 3  # five frames, 2 px apart
    assert [len(part.x) for part in curves] == [5] * 3
    assert [row[0] for row in table.rows] == [
        "Scissors",
        *(t for t, _ in mask.methods().values()),
        "A alone",
        "B alone",
    ]
    assert table.rows[0][-1] == "–"
    film = mask.known(ASK)
    assert (taken["arrays"]["held_pictures"] == film.pictures["held"]).all()
    assert (taken["arrays"]["mask"] == ASK.painted.mask(16)).all()
