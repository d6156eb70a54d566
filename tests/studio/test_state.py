"""The address of a view, and a dropped picture that leads back to the page that made it."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from studio.recipe import Recipe
from studio.services import generate

SCRIPT = """
import streamlit as st
from studio import state, widgets
from studio.recipe import Recipe
state.notices()
recipe = Recipe("tiny", seed=7, sampler="heun")
st.code(state.view())
st.code(state.address(recipe))
"""


def app(url: str, script: str = SCRIPT, **address: str) -> AppTest:
    made = AppTest.from_string(script, default_timeout=60)
    made.context["url"] = url
    for name, value in address.items():
        made.query_params[name] = value
    return made.run()


def test_a_view_is_the_page_and_what_no_recipe_holds() -> None:
    shown = app("http://127.0.0.1:8501/attention", seed="7", layer="up.6", pixel="3,4", target="odds of a cat")
    assert shown.code[0].value == "attention?layer=up.6&pixel=3,4&target=odds+of+a+cat"
    assert Recipe.read({"view": shown.code[0].value})[1] == []


def test_the_address_opens_the_same_anywhere_defaults_included() -> None:
    shown = app("http://cats.example:8501/attention", seed="8", pixel="3,4")
    address = urlsplit(shown.code[1].value)
    assert (address.netloc, address.path) == ("cats.example:8501", "/attention")
    query = {name: value for name, [value] in parse_qs(address.query).items()}
    assert query == {"checkpoint": "tiny", "seed": "7", "sampler": "heun", "pixel": "3,4"}


def test_letters_of_every_kind_pass_through_a_view() -> None:
    shown = app("http://127.0.0.1:8501/features", target="predicted x₀ · 64×64 'ü'")
    assert Recipe.read({"view": shown.code[0].value})[1] == []


LINKED = """
import streamlit as st
from studio.navigation import PAGES
def here():
    import streamlit as st
    from studio import state
    from studio.recipe import Recipe
    if st.button("restore"):
        state.restore(Recipe.from_json(st.query_params["json"]))
    state.notices()
pages = [st.Page(page.file, url_path=page.name) for page in PAGES if page.name != "denoise"]
st.navigation([st.Page(here, url_path="denoise", default=True), *pages]).run()
"""


@pytest.mark.parametrize(("view", "offered"), [("generate?show=all", True), ("denoise", False), ("nowhere", False)])
def test_a_dropped_picture_of_another_page_offers_to_go_there(home: Path, view: str, offered: bool) -> None:
    recipe = replace(generate.complete(Recipe("tiny", seed=5)), view=view)
    shown = app("http://127.0.0.1:8501/denoise", LINKED, json=recipe.to_json())
    shown.button[0].click().run()
    links = shown.get("page_link")
    assert len(links) == offered
    if offered:
        assert "Generate" in links[0].proto.label
        query = {name: value for name, [value] in parse_qs(links[0].proto.query_string).items()}
        assert query == recipe.query(whole=True) | {"show": "all"}
        shown.run()
        assert len(shown.get("page_link")) == 1  # until it is followed
