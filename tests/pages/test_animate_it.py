"""The film dialog without a browser, on the Denoise page: what it offers, writes and remembers; films dropped again."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from studio.recipe import Recipe
from studio.services import films, formats, generate, jobs
from studio.services.films import Cut, Film
from studio.services.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "pages" / "denoise.py"


@pytest.fixture(autouse=True)
def afresh(home: Path) -> None:
    jobs._jobs.clear()


def opened(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in {"checkpoint": "tiny", "steps": "4", "seed": "5", **address}.items():
        app.query_params[name] = value
    app.run()
    return app.button(key="animate-denoising").click().run()


def good(app: AppTest) -> bool:
    return not app.exception and not app.error


def size(app: AppTest) -> str:
    return next(caption.value for caption in app.caption if caption.value.startswith("About"))


def test_the_dialog_says_what_it_will_write() -> None:
    app = opened()
    assert good(app)
    assert app.segmented_control(key="film-kind").options == ["GIF", "MP4", "WebP", "APNG", "HTML player"]
    assert "256 × " in size(app)
    assert "5 frames" in size(app)
    assert app.button(key="film-write").label == "Write the GIF"


def test_a_film_of_a_reel_holds_what_the_page_showed() -> None:
    from studio import stage
    from studio.panels import animate, animate_settings

    recipe = replace(generate.complete(Recipe("tiny", 5, steps=4)), view="denoise")
    *_, chain = generate.chain(recipe)
    panes, labels = stage.panes(recipe, chain), stage.labels(chain)
    made = animate.joined("Denoising", recipe, panes[:2], labels)
    assert made.frames.shape == (5, 16, 34, 3)
    assert np.array_equal(made.frames[:, :, :16], panes[0].frames)
    assert np.array_equal(made.frames[:, :, 18:], panes[1].frames)
    assert [part.title for part in made.parts] == ["x_t", "predicted x₀"]
    reel = animate.reel(made, animate_settings.Chosen(cut=Cut(scale=8)))
    assert reel.print.foot.shape[0] > 0
    assert reel.print.bands.max() == 255
    assert animate.reel(made, animate_settings.Chosen(captions="none")).print is None


INSIDE = """
import numpy as np
from studio.panels import animate
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane
ramp = np.arange(3 * 64 * 64 * 3, dtype=np.uint32).reshape(3, 64, 64, 3).astype(np.uint8)
panes = [Pane("x_t", ramp), Pane("heat", 255 - ramp, legend=Legend("viridis", 0, 4))]
animate._dialog("Attention", Recipe("tiny", 5, view="attention"), panes, ("one", "two", "three"), "heat")
"""  # the dialog's inside: the harness closes a dialog at the first click in it


def inside() -> AppTest:
    return AppTest.from_string(INSIDE, default_timeout=60).run()


def wrote(app: AppTest) -> jobs.Job:
    app.button(key="film-write").click().run()
    assert good(app)
    [*_, job] = jobs._jobs.values()
    assert job.wait(60)
    app.run()  # the clock of a fragment does not tick in the harness
    assert good(app)
    return job


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_written_is_what_was_picked(kind: str) -> None:
    app = inside()
    app.segmented_control(key="film-kind").set_value(kind).run()
    app.selectbox(key="film-order-loop").set_value("ping-pong").run()
    assert "4 frames" in size(app)
    job = wrote(app)
    assert job.file == f"tiny-seed5-attention.{FORMATS[kind].suffix}"
    assert formats.kind(job.result) == kind
    assert formats.read(job.result)[0] == Recipe("tiny", 5, view="attention")
    assert app.get("download_button")[0].proto.label.startswith(f"Download the {FORMATS[kind].title}")
    assert not [button for button in app.button if button.key == "film-write"]


def test_a_written_film_is_there_again_and_others_wait_below() -> None:
    app = inside()
    first = wrote(app)
    app.selectbox(key="film-scale-64-64").set_value(1).run()
    assert good(app)
    assert app.button(key="film-write").label == "Write the GIF"
    assert app.expander[-1].label == "Your other films (1)"
    app.selectbox(key="film-scale-64-64").set_value(4).run()
    assert wrote_nothing(app)
    assert list(jobs._jobs.values()) == [first]


def wrote_nothing(app: AppTest) -> bool:
    return not [button for button in app.button if button.key == "film-write"]


def test_captions_and_pictures_change_the_size() -> None:
    app = inside()
    one = size(app)
    assert "256 × " in one
    app.multiselect[0].set_value(["x_t", "heat"]).run()
    assert "520 × " in size(app)
    app.selectbox(key="film-captions").set_value("none").run()
    assert "520 × 256 px" in size(app)
    app.multiselect[0].set_value([]).run()
    assert "256 × 256 px" in size(app)  # never without a picture


def test_only_a_gif_has_palettes() -> None:
    app = inside()
    assert not app.selectbox(key="film-palettes").disabled
    app.segmented_control(key="film-kind").set_value("mp4").run()
    assert app.selectbox(key="film-palettes").disabled
    assert app.toggle(key="film-dither").disabled
    assert "Only a GIF" in app.selectbox(key="film-palettes").help


def test_what_went_wrong_is_said_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> object:
        yield b""
        raise OSError("No space left on the disk.")

    app = inside()
    with monkeypatch.context() as broken:
        broken.setattr(films, "write", fails)
        app.button(key="film-write").click().run()
        app.run()
    assert not app.exception
    assert app.error[0].value == "No space left on the disk."
    assert wrote(app).result


SCRIPT = """
import streamlit as st
from studio.navigation import PAGES
def here():
    import streamlit as st
    from studio import state, widgets
    widgets.drop_zone(16, "")
    state.notices()
pages = [st.Page(page.file, url_path=page.name) for page in PAGES]
st.navigation([st.Page(here, url_path="here", default=True), *pages]).run()
"""


def dropped(data: bytes, name: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.context["url"] = "http://127.0.0.1:8501/denoise"
    app.run()
    return app.file_uploader(key="drop").upload(name, data, "application/octet-stream").run()


def film(recipe: Recipe, kind: str) -> bytes:
    frames = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    *_, data = films.write(films.reel(Film(frames, ("a", "b", "c"), recipe, "Cats"), Cut(scale=1)), kind)
    return data


@pytest.mark.parametrize("kind", FORMATS)
def test_any_film_puts_its_settings_back_and_leads_to_its_page(kind: str) -> None:
    recipe = replace(generate.complete(Recipe("tiny", 7, "heun", 6)), view="attention?layer=up.3&pixel=3,4")
    app = dropped(film(recipe, kind), f"cat.{FORMATS[kind].suffix}")
    assert good(app)
    assert "Settings put back: tiny · seed 7 · heun, 6 steps" in " ".join(toast.value for toast in app.toast)
    assert (app.session_state["seed"], app.session_state["sampler"]) == (7, "heun")
    [link] = app.get("page_link")
    query = {name: value for name, [value] in parse_qs(link.proto.query_string).items()}
    settings = {"checkpoint": "tiny", "seed": "7", "sampler": "heun", "steps": "6"}
    assert query.items() >= (settings | {"layer": "up.3", "pixel": "3,4"}).items()


def test_a_film_of_no_checkpoint_leads_to_its_page_too() -> None:
    app = dropped(film(Recipe(view="gradients?run=mine"), "gif"), "run.gif")
    assert good(app)
    [link] = app.get("page_link")
    assert "Gradients" in link.proto.label
    assert parse_qs(link.proto.query_string) == {"run": ["mine"]}


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"\x00\x00\x00\x20ftypisom" + bytes(100), "cat.mp4", "MP4 holds no recipe"),
        (b"<!doctype html><p>cat", "cat.html", "HTML player holds no recipe"),
        (b"GIF89a" + bytes(40), "cat.gif", "cannot be used"),
    ],
)
def test_a_file_that_is_no_film_of_ours_is_said(data: bytes, name: str, words: str) -> None:
    app = dropped(data, name)
    assert not app.exception
    assert words in " ".join(toast.value for toast in app.toast)
