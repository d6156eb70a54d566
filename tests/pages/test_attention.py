"""The Attention page as Streamlit runs it, on the tiny checkpoint: what its address means and what it says in words."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from studio.recipe import Recipe
from studio.services import attend, generate, knock

PAGE = Path(__file__).resolve().parents[2] / "pages" / "attention.py"
HEAD = "middle 8×8 head 1"


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in {"checkpoint": "tiny", "steps": "4", **address}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def widget(app: AppTest, kind: str, key: str) -> Any:
    return next(each for each in app.get(kind) if each.key == key)


def films(app: AppTest) -> list[str]:
    return [each.proto.component_name for each in app.get("bidi_component")]


def test_opening_the_page_makes_the_chain_and_looks_at_it(home: Path) -> None:
    app = page(seed="5")
    assert not app.error
    assert attend.LOOKS.known(Recipe("tiny", seed=5, steps=4)) is not None
    assert app.selectbox(key="layer").value == "up 8×8 · 2"  # the finest, the last
    assert (app.number_input(key="row").value, app.number_input(key="column").value) == (7, 5)
    assert len(films(app)) >= 2  # the stage and the sheet of all heads


def test_the_address_picks_layer_head_and_pixel(home: Path) -> None:
    app = page(layer="middle 8×8", head="2", row="3", column="12", opacity="0.2", shared="false")
    assert app.selectbox(key="layer").value == "middle 8×8"
    assert widget(app, "button_group", "head").value == "2"
    assert (app.number_input(key="row").value, app.number_input(key="column").value) == (3, 12)
    assert app.slider(key="opacity").value == 0.2
    assert not app.toggle(key="shared").value


@pytest.mark.parametrize("address", [{"layer": "nose"}, {"head": "9"}, {"row": "99"}, {"row": "x"}, {"tab": "z"}])
def test_what_is_not_there_falls_back_to_the_default(home: Path, address: dict[str, str]) -> None:
    app = page(**address)
    assert not app.error
    assert app.selectbox(key="layer").value == "up 8×8 · 2"
    assert app.number_input(key="row").value == 7


def test_a_layer_of_another_model_is_forgotten(home: Path) -> None:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params["checkpoint"] = "tiny"
    app.session_state["layer"] = "up 16×16 · 2"
    app.session_state["head"] = "4"
    app.session_state["row"] = 40
    app.session_state["steps"] = 4
    app.run()
    assert not app.exception
    assert app.selectbox(key="layer").value == "up 8×8 · 2"
    assert app.number_input(key="row").value == 15


def test_numbers_are_a_table_with_a_row_per_head(home: Path) -> None:
    app = page(tab="Numbers")
    table = app.dataframe[0].value
    layers = attend.layers("tiny")
    assert len(table) == 2 * len(layers)
    assert list(table.columns) == ["layer", "head", "entropy", "spread", "reach", "peak"]
    assert (table["spread"] <= 1).all()
    means = table["entropy"].tolist()
    app.toggle(key="now").set_value(True).run()
    assert app.dataframe[0].value["entropy"].tolist() != means


@pytest.mark.parametrize("tab", ["Early to late", "Groups"])
def test_every_tab_shows_pictures(home: Path, tab: str) -> None:
    app = page(tab=tab)
    assert not app.error
    assert len(films(app)) == {"Early to late": 3, "Groups": 2}[tab]


def test_class_tokens_are_greyed_out_with_the_reason(home: Path) -> None:
    app = page(tab="Class tokens")
    assert "without cross-attention" in app.info[0].value


def test_a_head_of_the_address_is_switched_off(home: Path) -> None:
    app = page(tab="Switch heads", off=HEAD, factor="0.5")
    assert not app.error
    factors = {("net.middle.0.attention", 0): 0.5}
    assert knock.changed(Recipe("tiny", steps=4), factors) is not None
    assert any("RMS" in text.value for text in app.markdown)


def test_heads_are_ranked_and_join_the_table(home: Path) -> None:
    app = page(tab="Switch heads", rank="true")
    assert not app.error
    recipe = Recipe("tiny", steps=4)
    assert knock.ranked(recipe).done
    assert any("ranking" in chart.key for chart in app.get("plotly_chart"))
    assert "damage" in page(tab="Numbers").dataframe[0].value.columns
    knock._ranks.pop(generate.complete(recipe).key)


def test_without_a_checkpoint_the_page_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.services.library.checkpoints", lambda can="": [])
    assert "python -m engines train" in page().info[0].value
