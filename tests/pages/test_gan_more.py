"""Directions, Opinion, ADA and Projection without a browser: each tab of a tiny generator, and what it keeps."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from studio.recipe import Recipe
from studio.services import ada, directions, generate, opinion, photos, project
from studio.services.directions import Asked
from studio.services.gan import Look
from studio.services.project import Settings, Subject

PAGE = Path(__file__).resolve().parents[2] / "pages" / "gan.py"
SMALL = {"cards": "2", "each": "4", "looks": "20", "starts": "2", "origin": "a drawn cat"}


@pytest.fixture(autouse=True)
def afresh(gan_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ada, "NUMBER", 4)
    for memory in (directions._known, directions._walks, opinion._known, ada._known, project._searches):
        memory.clear()


def page(tab: str, **address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=200)
    for name, value in {"checkpoint": "tiny-gan", "tab": tab, **SMALL, **address}.items():
        app.query_params[name] = value
    return app.run()


def look(seed: int = 0) -> Look:
    return Look(generate.complete(Recipe("tiny-gan", seed)))


def good(app: AppTest) -> bool:
    return not app.exception and not app.error


def says(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.caption, *app.markdown, *app.info))


@pytest.mark.parametrize("tab", ["Directions", "Opinion", "ADA"])
def test_each_tab_opens_by_its_address_and_can_be_taken_along(tab: str) -> None:
    app = page(tab, seed="4")
    assert good(app)
    assert "You see" in says(app)
    assert len(app.get("download_button")) == 4


def test_directions_are_named_kept_walked_along_and_forgotten() -> None:
    app = page("Directions", method="GANSpace")
    assert good(app)
    [first, second] = directions.known(look(), Asked("ganspace", 2, 0, 5))
    assert "Effect" in says(app)
    key = second.found.way.key
    app.text_input(key=f"name-{key}").set_value("ears").run()
    app.button(key=f"keep-{key}").click().run()
    assert good(app)
    kept = directions.kept(look())
    assert [each.name for each in kept.values()] == ["ears"]
    assert np.array_equal(kept[key].way.vector, second.found.way.vector)
    app.selectbox(key="walk").set_value("ears (kept)").run()
    assert good(app)
    walk = directions.walk(look(), kept[key].way)
    at = [int(np.abs(directions.places() - offset).argmin()) for offset in directions.OFFSETS]
    assert np.array_equal(walk[at[0]], second.strip.pictures[0])  # −3 is a place of both
    next(button for button in app.button if button.label == "Forget it").click().run()
    assert good(app)
    assert directions.kept(look()) == {}
    assert app.selectbox(key="walk").value == first.found.title


def test_the_opinion_is_sorted_and_says_what_each_kind_gets() -> None:
    app = page("Opinion", seed="2")
    assert good(app)
    judged = opinion.known(look(2), opinion.Asked("drawn", (), 4, 0.03))
    assert judged.total == 8
    assert (np.diff(judged.score[judged.order]) >= 0).all()
    mean = judged.score[judged.groups == "generated"].mean()
    assert f"{mean:.3g}".replace("-", "−") in says(app)
    assert "real, drawn" in says(app)


def test_ada_shows_the_pictures_themselves_at_p_0_and_others_later() -> None:
    app = page("ADA")
    assert good(app)
    film = ada.known(look(), "drawn", False, 0)
    assert np.array_equal(film.real[0], opinion.real(look(), "drawn", 4)[0])
    changed = (film.real != film.real[0]).any((2, 3, 4)).mean(1)
    assert changed[0] == 0
    assert changed[-1] == 1
    taken = (film.real_scores[0] > 0).mean()
    assert film.r(0)[0] == pytest.approx(2 * taken - 1)


def test_a_run_that_logged_p_is_drawn(gan_home: Path) -> None:
    run = gan_home / "runs" / "mine"
    run.mkdir(parents=True)
    lines = [{"kind": "train", "step": i, "images": 32 * i, "ada_p": 0.1 * i, "ada_r": 0.7} for i in range(3)]
    (run / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    course = ada.runs()["mine"]
    assert course.p.tolist() == pytest.approx([0, 0.1, 0.2])
    assert course.r.tolist() == pytest.approx([0.7] * 3)
    app = page("ADA")
    assert good(app)
    assert "ada-run" in [chart.key for chart in app.get("plotly_chart")]


def test_a_picture_is_looked_for_kept_and_forgotten() -> None:
    app = page("Projection", tile="1", seed="3")
    assert good(app)
    app.button(key="look").click().run()
    assert good(app)
    found = project.known(look(3), Subject("drawn", 1), Settings(20, 2, 0.5, False))
    assert found.done
    assert found.loss[-1] < found.loss[0]
    assert np.array_equal(found.target, opinion.real(look(), "drawn", 2)[0][1])
    app.text_input(key="project-name").set_value("Minka").run()
    next(button for button in app.button if button.label == "Keep it").click().run()
    assert good(app)
    [(key, kept)] = project.kept("tiny-gan").items()
    assert kept.name == "Minka"
    assert np.array_equal(kept.latent, found.latent)
    assert kept.recipe == look(3).recipe
    assert kept.psnr == pytest.approx(float(found.psnr[-1]))
    app.button(key=f"forget-{key}").click().run()
    assert good(app)
    assert project.kept() == {}


def test_a_photo_is_asked_for_then_cropped() -> None:
    app = page("Projection", origin="a photo of yours")
    assert good(app)
    assert "Upload a photo" in says(app)
    photo = np.zeros((256, 256, 3), np.uint8)
    photo[:128, 128:] = 250  # the right upper quarter is bright
    out = io.BytesIO()
    Image.fromarray(photo).save(out, "PNG")
    digest = photos.keep(out.getvalue(), project.STORED)
    app = page("Projection", origin="a photo of yours", photo=digest, zoom="2", shift_x="1", shift_y="-1")
    assert good(app)
    target = project.target(look(), Subject("photo", 0, digest, 2.0, 1.0, -1.0))
    assert target.shape == (16, 16, 3)
    assert (target > 240).all()
    whole = project.target(look(), Subject("photo", 0, digest))
    assert (whole[10:] < 10).all()


def test_a_stopped_search_is_kept_as_far_as_it_came() -> None:
    settings = Settings(20, 1, 0.5, False)
    way = project.search(look(), Subject("drawn"), settings)
    for _ in range(5):
        next(way)
    way.close()
    found = project.known(look(), Subject("drawn"), settings)
    assert not found.done
    assert found.index[-1] == 4
    assert project.frames(settings) == 21


@pytest.mark.parametrize(
    ("tab", "address", "word"),
    [("Opinion", {"real": "/no/such/folder"}, "/no/such/folder"), ("ADA", {"real": "cats.txt"}, "cats.txt")],
)
def test_pictures_that_cannot_be_had_are_said_in_words(tab: str, address: dict[str, str], word: str) -> None:
    app = page(tab, **address)
    assert not app.exception
    assert word in app.error[0].value
