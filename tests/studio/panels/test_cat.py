"""The picker of a cat without a browser: seeds, data and photos, and what the address says of each."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from studio.recipe import Recipe
from studio.services import animate, cats, crops, formats, generate, photos, shelf
from studio.services.cats import Cat
from studio.services.crops import Box

SCRIPT = """
import streamlit as st
from studio import state, widgets
from studio.panels import cat
with widgets.errors():
    picked = [cat.pick("a", "tiny", "seed:1"), cat.pick("b", "tiny", "seed:2")]
    st.text(" ".join(map(str, picked)))
state.notices()
"""
NOISE = np.random.default_rng(0).integers(0, 256, (60, 100, 3), np.uint8)


@pytest.fixture(autouse=True)
def both(home: Path, tiny_gan_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with a model that walks a chain and one of a single pass."""
    folder = tmp_path / "both" / "checkpoints"
    folder.mkdir(parents=True)
    for place, name in ((home, "tiny"), (tiny_gan_home, "tiny-gan")):
        (folder / name).symlink_to(place / "checkpoints" / name)
    monkeypatch.setenv("WHISKER_HOME", str(folder.parent))
    cats._passed.clear()


def open_page(**address: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=100)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def picked(app: AppTest) -> list[str]:
    assert not app.exception
    assert not app.error
    return app.text[-1].value.split()


def address(app: AppTest, slot: str) -> str:
    value = app.query_params.get(slot, "")
    return value[0] if isinstance(value, list) else value


def said(app: AppTest) -> str:
    return " ".join(toast.value for toast in app.toast)


def file(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def test_without_an_address_the_first_ones_are_picked_and_none_is_written() -> None:
    app = open_page()
    assert picked(app) == ["seed:1", "seed:2"]
    assert address(app, "a") == ""


def test_a_seed_its_checkpoint_and_the_die_change_one_cat_alone() -> None:
    app = open_page(b="seed:tiny-gan:7")
    assert picked(app) == ["seed:1", "seed:tiny-gan:7"]
    assert app.selectbox(key="cat-b-checkpoint").value == "tiny-gan"
    app.number_input(key="cat-a-seed").set_value(12).run()
    assert picked(app) == ["seed:12", "seed:tiny-gan:7"]
    app.selectbox(key="cat-a-checkpoint").set_value("tiny-gan").run()
    assert picked(app) == [address(app, "a"), address(app, "b")] == ["seed:tiny-gan:12", "seed:tiny-gan:7"]
    app.button(key="cat-b-die").click().run()
    assert picked(app)[0] == "seed:tiny-gan:12"
    assert Cat.read(picked(app)[1]) != Cat("tiny-gan", 7)


def test_an_address_that_names_no_cat_is_said_and_the_first_one_is_shown() -> None:
    app = open_page(a="photo:../../etc/passwd")
    assert picked(app)[0] == "seed:1"
    assert "a: Photo '../../etc/passwd'" in said(app)
    assert address(app, "a") == ""


def test_a_photo_or_checkpoint_that_is_not_here_is_an_error_in_words() -> None:
    app = open_page(a=f"photo:{'0' * 16}", b="seed:lion:3")
    assert not app.exception
    words = " ".join(error.value for error in app.error)
    assert "not on this machine" in words
    assert "no checkpoint 'lion'" in words


def test_data_is_the_cat_at_once_and_is_kept_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "pets").mkdir()
    for i in range(3):
        Image.fromarray(np.roll(NOISE, i, 0)).save(tmp_path / "pets" / f"{i}.png")
    app = open_page()
    app.segmented_control(key="cat-a-kind").set_value("data").run()
    assert picked(app)[0] == str(Cat(photo=shelf.take(shelf.DRAWN, "", 0)))
    app.selectbox(key="cat-a-origin").set_value(shelf.FOLDER).run()
    app.text_input(key="cat-a-path").set_value(str(tmp_path / "pets")).run()
    app.number_input(key="cat-a-index").set_value(2).run()
    cat = Cat.read(picked(app)[0])
    assert np.array_equal(photos.load(cat.photo, 60), np.roll(NOISE, 2, 0)[:, 20:80])
    assert str(tmp_path) not in str(app.query_params)
    app.number_input(key="cat-a-index").set_value(3).run()
    assert "allowed: 0 to 2" in said(app)
    assert Cat.read(picked(app)[0]) == cat


def test_pictures_are_looked_through_and_one_is_taken() -> None:
    app = open_page()
    app.segmented_control(key="cat-a-kind").set_value("data").run()
    app.button(key="cat-a-browse").click().run()
    app.button(key="shelf-next").click().run()
    app.button(key="shelf-take-30").click().run()
    assert picked(app)[0] == str(Cat(photo=shelf.take(shelf.DRAWN, "", 30)))
    assert app.number_input(key="cat-a-index").value == 30
    assert not [button for button in app.button if button.key.startswith("shelf")]


def test_back_to_seeds_the_last_seed_is_the_cat_again() -> None:
    app = open_page(a="seed:9")
    app.segmented_control(key="cat-a-kind").set_value("data").run()
    app.segmented_control(key="cat-a-kind").set_value("seed").run()
    assert picked(app)[0] == "seed:9"


def test_a_photo_is_cropped_kept_and_cropped_again() -> None:
    app = open_page()
    app.segmented_control(key="cat-b-kind").set_value("upload").run()
    assert picked(app) == ["seed:1", "seed:2"]
    app.file_uploader(key="cat-b-file").upload("cat.png", file(NOISE), "image/png").run()
    assert app.session_state["cropping"]["box"] == (20, 0, 60)
    assert picked(app)[1] == "seed:2"  # until it is kept
    app.session_state["cropping"] = app.session_state["cropping"] | {"box": (3, 4, 50)}
    app.run()
    app.button(key="crop-keep").click().run()
    cat = Cat.read(picked(app)[1])
    assert np.array_equal(photos.whole(cat.photo), NOISE[4:54, 3:53])
    app.button(key="cat-b-crop").click().run()
    assert app.session_state["cropping"]["box"] == (3, 4, 50)
    app.button(key="crop-square").click().run()
    assert app.session_state["cropping"]["box"] == (20, 0, 60)
    app.button(key="crop-reset").click().run()
    assert app.session_state["cropping"]["box"] == (3, 4, 50)


def test_an_address_of_a_crop_opens_the_tool_where_it_was() -> None:
    digest = crops.crop(photos.store(NOISE), Box(30, 10, 40))
    app = open_page(a=f"photo:{digest}")
    assert app.segmented_control(key="cat-a-kind").value == "upload"
    app.button(key="cat-a-crop").click().run()
    about = app.session_state["cropping"]
    assert (about["original"], about["box"]) == (photos.store(NOISE), (30, 10, 40))


@pytest.mark.parametrize("data", [b"no picture", file(NOISE)[:200]])
def test_a_file_that_is_no_photo_is_refused_in_words(data: bytes) -> None:
    app = open_page()
    app.segmented_control(key="cat-a-kind").set_value("upload").run()
    app.file_uploader(key="cat-a-file").upload("cat.png", data, "image/png").run()
    assert "cannot be used" in said(app)
    assert picked(app)[0] == "seed:1"


def test_a_picture_made_here_is_offered_as_its_seed_its_settings_or_a_photo() -> None:
    recipe = generate.complete(Recipe("tiny-gan", 5))
    *_, last = generate.pictures(recipe, 1)
    data = animate.png(recipe, last.pictures[0])
    assert formats.read(data)[0] == recipe
    app = open_page()
    app.segmented_control(key="cat-a-kind").set_value("upload").run()
    app.file_uploader(key="cat-a-file").upload("cat.png", data, "image/png").run()
    assert "cropping" not in app.session_state
    assert {"cat-a-same", "cat-a-flat", "cat-a-restore"} <= {button.key for button in app.button}
    app.button(key="cat-a-same").click().run()
    assert picked(app)[0] == "seed:tiny-gan:5"
    assert app.segmented_control(key="cat-a-kind").value == "seed"
