"""Attributions on the Features page without a browser: every method by its address, its options, what is greyed out."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.recipe import Recipe
from studio.services import attribute, generate

PAGE = Path(__file__).resolve().parents[2] / "pages" / "features.py"
TINY = {"checkpoint": "tiny", "steps": "4", "show": "Attributions"}


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in {**TINY, **address}.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("Saliency", "The mean of the region in the predicted x₀ is"),
        ("Integrated gradients", "completeness error"),
        ("Occlusion", "at the baseline"),
        ("Grad-CAM", "channels of"),
        ("Activation", "channels of"),
    ],
)
def test_an_address_names_the_method_and_its_answer_is_in_words(home: Path, method: str, says: str) -> None:
    app = page(method=method)
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="method").value == {title: name for name, title in attribute.METHODS.items()}[method]
    assert says in words(app)


def test_options_are_typed_and_in_the_address(home: Path) -> None:
    app = page(method="Occlusion", with_window="4", with_stride="2", with_baseline="blurred", row="3", box="5")
    assert app.number_input(key="with_window").value == 4
    assert app.number_input(key="with_stride").value == 2
    assert app.selectbox(key="with_baseline").value == "blurred"
    recipe = generate.complete(Recipe("tiny", steps=4))
    known = [question for key, question in attribute._answers if key == recipe.key]
    options = attribute.options("occlusion")
    assert any(q.method == options("blurred", 4, 2) and (q.row, q.size) == (3, 5) for q in known)


def test_a_stride_above_the_window_is_refused_in_words(home: Path) -> None:
    app = page(method="Occlusion", with_window="2", with_stride="4")
    assert not app.exception
    assert "stride is 4" in app.error[0].value


def test_a_number_of_the_whole_picture_greys_the_region_out(home: Path) -> None:
    app = page(target="odds of a cat")
    assert not app.exception
    assert "log odds of a cat" in words(app)
    assert app.number_input(key="row").disabled
    assert app.number_input(key="box").disabled


def test_what_is_shown_can_be_taken_along(home: Path) -> None:
    app = page()
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["PNG, with its recipe", "PDF", "SVG", "Raw arrays (.npz)"]
