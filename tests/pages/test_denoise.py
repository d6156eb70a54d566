"""The Denoise page without a browser: what a run shows, what an address asks for, what a dropped file does."""

import io
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from engines.images import quantise
from studio.recipe import Recipe
from studio.services import animate, generate, photos

PAGE = Path(__file__).resolve().parents[2] / "pages" / "denoise.py"
TINY = {"checkpoint": "tiny", "steps": "4"}


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in {**TINY, **address}.items():
        app.query_params[name] = value
    return app.run()


def command(app: AppTest) -> str:
    return app.code[0].value


def said(app: AppTest) -> str:
    return " ".join(toast.value for toast in app.toast)


def png(**changes: object) -> bytes:
    recipe = generate.complete(Recipe("tiny", **{"steps": 4, **changes}))
    *_, chain = generate.chain(recipe)
    return animate.png(recipe, quantise(chain.x_t[-1]))


def charts(app: AppTest) -> list[str]:
    return [chart.key for chart in app.get("plotly_chart")]


def test_opening_the_page_runs_the_chain_of_its_address(home: Path) -> None:
    app = page(seed="5")
    assert not app.exception
    assert not app.error
    assert app.number_input(key="seed").value == 5
    assert "tiny --seed 5 --sampler dpmpp --steps 4" in command(app)
    assert [key for name in ("schedule", "curves", "spectrum", "lines") for key in charts(app) if name in key]
    assert len(charts(app)) == 4
    assert generate.known(Recipe("tiny", seed=5, steps=4)).done


def test_a_plain_address_opens_with_the_defaults(home: Path) -> None:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params["checkpoint"] = "tiny"
    app.run()
    assert not app.exception
    assert (app.number_input(key="seed").value, app.number_input(key="steps").value) == (0, 20)
    assert not app.toast


def test_the_die_takes_another_seed_and_shows_it(home: Path) -> None:
    app = page()
    app.button(key="die").click().run()
    assert not app.exception
    assert f"--seed {app.number_input(key='seed').value} " in command(app)


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ({"seed": "many"}, "many"),
        ({"steps": "0"}, "steps is 0"),
        ({"steps": "500"}, "steps is 500"),
        ({"sampler": "magic"}, "magic"),
        ({"eta": "nan"}, "eta"),
        ({"checkpoint": "../../etc"}, "../../etc"),
        ({"label": "fish"}, "fish"),
        ({"photo": "../x"}, "photo"),
        ({"fork": "x"}, "fork"),
    ],
)
def test_a_bad_value_in_the_address_is_named_and_nothing_breaks(home: Path, address: dict[str, str], word: str) -> None:
    app = page(**address)
    assert not app.exception
    assert word in said(app)


def test_a_photo_that_is_not_here_is_said_in_words(home: Path) -> None:
    app = page(photo="0" * 16)
    assert not app.exception
    assert "not on this machine" in app.error[0].value


def test_without_a_checkpoint_the_page_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.services.library.checkpoints", lambda can="": [])
    app = page()
    assert not app.exception
    assert "python -m engines train" in app.info[0].value


def test_controls_without_effect_are_greyed_with_the_reason(home: Path) -> None:
    app = page()
    assert app.slider(key="eta").disabled
    assert app.slider(key="guidance").disabled
    assert app.slider(key="start").disabled
    app.selectbox(key="sampler").select("ddim").run()
    assert not app.slider(key="eta").disabled
    app.selectbox(key="label").select("dog").run()
    assert not app.slider(key="guidance").disabled
    assert "--class dog" in command(app)


def test_dropping_a_png_puts_every_setting_back(home: Path) -> None:
    data = png(seed=9, sampler="ddim", eta=0.5, label="dog", guidance=2.0)
    app = page(seed="1")
    before = command(app)
    app.file_uploader(key="drop").upload("a.png", data, "image/png").run()
    assert not app.exception
    assert command(app) != before
    assert command(app) == Recipe("tiny", 9, "ddim", 4, 0.5, "dog", 2.0).command()
    assert "Settings put back" in said(app)


def test_dropping_a_png_brings_its_photo_along(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)).save(out, "PNG")
    digest = photos.keep(out.getvalue(), 16)
    data = png(seed=9, photo=digest, start=0.5)
    photos.path(digest).unlink()
    app = page()
    app.file_uploader(key="drop").upload("a.png", data, "image/png").run()
    assert not app.exception
    assert not app.error
    assert photos.path(digest).is_file()
    assert f"--photo {photos.path(digest)} --start 0.5" in command(app)


def test_dropping_a_photo_starts_from_it_and_it_can_be_taken_away(home: Path) -> None:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 40, 3), np.uint8)).save(out, "JPEG")
    app = page()
    app.file_uploader(key="drop").upload("a.jpg", out.getvalue(), "image/jpeg").run()
    assert not app.exception
    assert "--start 0.6" in command(app)
    assert not app.slider(key="start").disabled
    next(button for button in app.button if button.label == "Without the photo").click().run()
    assert "--photo" not in command(app)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"not a picture", "cannot be used"),
        (b"", "cannot be used"),
    ],
)
def test_a_hostile_file_is_refused_in_words_and_the_picture_stays(home: Path, data: bytes, word: str) -> None:
    app = page()
    before = command(app)
    app.file_uploader(key="drop").upload("a.png", data, "image/png").run()
    assert not app.exception
    assert word in said(app)
    assert command(app) == before


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"checkpoint": "elsewhere"}, "no checkpoint 'elsewhere'"),
        ({"steps": 500}, "500 steps"),
        ({"label": "fish"}, "fish"),
    ],
)
def test_a_png_that_cannot_be_followed_here_changes_nothing(home: Path, changes: dict[str, object], word: str) -> None:
    data = animate.png(Recipe(**{"checkpoint": "tiny", "steps": 4, **changes}), np.zeros((16, 16, 3), np.uint8))
    app = page()
    before = command(app)
    app.file_uploader(key="drop").upload("a.png", data, "image/png").run()
    assert not app.exception
    assert word in said(app)
    assert command(app) == before


def test_a_png_of_other_weights_says_so(home: Path) -> None:
    data = animate.png(Recipe("tiny", steps=4, weights="f" * 12), np.zeros((16, 16, 3), np.uint8))
    app = page()
    app.file_uploader(key="drop").upload("a.png", data, "image/png").run()
    assert "other weights" in said(app)


def test_a_fork_shows_its_children_and_their_variance(home: Path) -> None:
    app = page(fork="1", children="3")
    assert not app.exception
    assert any("variance" in key for key in charts(app))
    assert "3 children of step 2" in [caption for image in app.image for caption in image.captions]


def test_the_fork_button_forks_the_frame_it_names(home: Path) -> None:
    app = page()
    button = next(button for button in app.button if button.label.startswith("Fork at step"))
    step = int(button.label.split()[3])
    assert step == 2  # a third of the way, as long as nobody has moved
    button.click().run()
    assert not app.exception
    assert app.query_params["fork"] == str(step - 1)


def test_a_race_runs_every_sampler(home: Path) -> None:
    app = page(race="true")
    assert not app.exception
    assert not app.error
    for sampler in ("dpmpp", "ddim", "ddpm", "heun"):
        assert generate.known(Recipe("tiny", sampler=sampler, steps=4)) is not None


def test_reset_puts_everything_back(home: Path) -> None:
    app = page(seed="5", label="dog", fork="1")
    reset = next(button for button in app.button if button.label == "Reset")
    assert not reset.disabled
    reset.click().run()
    assert not app.exception
    assert command(app) == Recipe("tiny").command()
    assert next(button for button in app.button if button.label == "Reset").disabled


def test_the_address_of_a_recipe_opens_that_recipe(home: Path) -> None:
    recipe = Recipe("tiny", 9, "ddim", 4, 0.5, "dog", 2.0)
    app = page(**recipe.query())
    assert urlencode(recipe.query()) == "checkpoint=tiny&seed=9&sampler=ddim&steps=4&eta=0.5&label=dog&guidance=2"
    assert command(app) == recipe.command()
