"""The Animate page without a browser: each kind by its address, the time line under the hand, how bad values fare."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from engines.images import grid
from studio.panels.animate_kinds import KINDS
from studio.recipe import Recipe
from studio.services import fuse, gan, generate, jobs, keyframes, walks
from studio.services.cats import Cat
from studio.services.gan import Look
from studio.services.keyframes import Key
from studio.services.walks import Ask

PAGE = Path(__file__).resolve().parents[2] / "pages" / "animate.py"


@pytest.fixture(autouse=True)
def afresh() -> None:
    gan.known.clear()
    gan.single.clear()
    walks._known.clear()
    jobs._jobs.clear()


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def walk(**address: str) -> AppTest:
    return page(**{"checkpoint": "tiny-gan", "fps": "4", **address})


def good(app: AppTest) -> bool:
    return not app.exception and not app.error


def said(app: AppTest) -> str:
    return " ".join(toast.value for toast in app.toast)


def asked(*keys: Key, checkpoint: str = "tiny-gan", steps: int = 10, **changes: object) -> Ask:
    recipe = generate.complete(Recipe(checkpoint, keys[0].seed, steps=steps))
    return Ask(Look(recipe), keys, **{"fps": 4, **changes})


def button(app: AppTest, label: str, which: int = 0) -> object:
    return [each for each in app.button if each.label == label][which]


def test_a_walk_goes_through_the_key_frames_of_its_address(gan_home: Path) -> None:
    app = walk(walk="0:s5,1:s9:p0.5", easing="smooth")
    assert good(app)
    assert app.number_input(key="walk-0-seed").value == 5
    assert app.number_input(key="walk-1-seed").value == 9
    assert app.slider(key="walk-1-psi").value == 0.5
    assert walks.known(asked(Key(0, 5), Key(1, 9, psi=0.5), easing="smooth")).finished
    assert [each for each in app.button if each.label == "Animate it"]
    assert "walk" in app.query_params


def test_a_plain_address_walks_too(gan_home: Path) -> None:
    app = walk()
    assert good(app)
    assert "walk" not in app.query_params
    assert button(app, "Start over").disabled


def test_the_time_line_is_edited_by_hand(gan_home: Path) -> None:
    app = walk(walk="0:s5,2:s9")
    app.number_input(key="walk-1-seed").set_value(7).run()
    assert app.query_params["walk"] == "0:s5,2:s7"
    button(app, "Copy", 0).click().run()
    assert app.query_params["walk"] == "0:s5,1:s5,2:s7"
    app.slider(key="walk-1-psi").set_value(0.0).run()
    assert app.query_params["walk"] == "0:s5,1:s5:p0,2:s7"
    button(app, "Remove", 0).click().run()
    assert app.query_params["walk"] == "1:s5:p0,2:s7"
    button(app, "Add a key frame").click().run()
    *kept, added = keyframes.read(app.query_params["walk"], ("seed", "psi"))
    assert kept == [Key(1, 5, psi=0), Key(2, 7)]
    assert added.at == 4
    app.number_input(key="walk-0-at").set_value(3.0).run()
    assert app.query_params["walk"].startswith("2:s7,3:s5:p0,4:")
    assert app.slider(key="walk-1-psi").value == 0  # the card went with its key frame
    button(app, "Start over").click().run()
    assert good(app)
    assert "walk" not in app.query_params


def test_other_seeds_are_rolled_for_all_and_the_rest_stays(gan_home: Path) -> None:
    app = walk(walk="0:s5:p0.5,2:s9")
    app.button(key="die").click().run()
    first, second = keyframes.read(app.query_params["walk"], ("seed", "psi"))
    assert (first.at, first.psi, second.at) == (0, 0.5, 2)
    assert {first.seed, second.seed} != {5, 9}


def test_two_key_frames_cannot_stand_at_one_time(gan_home: Path) -> None:
    app = walk(walk="0:s5,2:s9")
    app.number_input(key="walk-1-at").set_value(0.0).run()
    assert not app.exception
    assert "keep them 0.25 s apart" in said(app)
    assert app.number_input(key="walk-1-at").value == 2
    assert app.query_params["walk"] == "0:s5,2:s9"


def test_there_is_always_a_key_frame_and_never_too_many(gan_home: Path) -> None:
    app = walk(walk="3:s5")
    assert good(app)
    assert button(app, "Remove").disabled
    app = walk(walk=",".join(f"{i}:s{i}" for i in range(8)))
    assert button(app, "Add a key frame").disabled
    assert all(each.disabled for each in app.button if each.label == "Copy")


@pytest.mark.parametrize("bad", ["cat", "0:s-1", "0:q3", "0:s1,0.1:s2", "99:s1", "0:s1:f16~0"])
def test_a_bad_time_line_is_said_and_the_usual_one_shown(gan_home: Path, bad: str) -> None:
    app = walk(walk=bad)
    assert not app.exception
    app.run()
    assert good(app)
    assert app.number_input(key="walk-0-seed").value == 5


def test_too_long_a_film_is_refused_in_words(gan_home: Path) -> None:
    app = walk(walk="0:s1,30:s2", fps="30")
    assert not app.exception
    assert "901 frames; at most 240" in app.error[0].value
    assert app.number_input(key="walk-1-at").value == 30  # and can be mended


def test_a_closed_walk_is_shown_and_written_without_a_halt(gan_home: Path) -> None:
    app = walk(walk="0:s5,1:s9", closed="true")
    assert good(app)
    assert walks.known(asked(Key(0, 5), Key(1, 9), closed=True)).finished
    button(app, "Animate it").click().run()
    assert good(app)
    assert app.slider(key="film-hold-0").value == 0
    assert app.slider(key="film-fps-4").value == 4


def test_what_was_cancelled_stays_and_goes_on_when_asked(gan_home: Path) -> None:
    ask = asked(Key(0, 5), Key(4, 9))
    first = next(walks.walk(ask))
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.session_state["cancelled"] = f"walk-{ask.name}"
    for name, value in {"checkpoint": "tiny-gan", "fps": "4", "walk": "0:s5,4:s9"}.items():
        app.query_params[name] = value
    app.run()
    assert good(app)
    assert len(walks.known(ask).frames) == len(first.frames)
    assert not [each for each in app.button if each.label == "Animate it"]
    button(app, "Run again").click().run()
    assert good(app)
    assert walks.known(ask).finished


def test_a_diffusion_model_walks_through_classes_and_faders(home: Path) -> None:
    app = page(checkpoint="tiny", fps="2", steps="3", walk="0:s5:c0,1:s9:c1:b1.2:f16~0.5")
    assert good(app)
    assert app.selectbox(key="walk-1-label").value == 1
    assert app.slider(key="walk-1-backbone").value == 1.2
    assert app.slider(key="walk-1-level-16").value == 0.5
    app.slider(key="walk-1-level-16").set_value(1.0).run()
    assert app.query_params["walk"] == "0:s5:c0,1:s9:c1:b1.2"
    app.selectbox(key="walk-0-label").set_value(-1).run()
    assert app.query_params["walk"] == "0:s5,1:s9:c1:b1.2"
    assert good(app)


def test_truncation_is_one_seed_at_several_psi(gan_home: Path) -> None:
    app = walk(kind="Truncation", seed="4", psis="0:p-1,1:p0.5")
    assert good(app)
    assert walks.known(asked(Key(0, 4, psi=-1), Key(1, 4, psi=0.5))).finished
    assert app.slider(key="psis-0-psi").value == -1
    assert not [each for each in app.number_input if each.key == "psis-0-seed"]


@pytest.mark.parametrize(
    ("kind", "film"), [("Denoising", "denoising"), ("Attention", "attention"), ("Features", "features")]
)
def test_what_a_chain_shows_over_t(home: Path, kind: str, film: str) -> None:
    app = page(kind=kind, checkpoint="tiny", steps="4", seed="3")
    assert good(app)
    app.button(key=f"animate-{film}").click().run()
    assert good(app)
    assert "frames" in next(caption.value for caption in app.caption if caption.value.startswith("About"))


def test_a_run_shows_its_samples_or_one_of_them(home: Path) -> None:
    folder = home / "runs" / "mine"
    (folder / "samples").mkdir(parents=True)
    lines = []
    for i in (1, 2, 3):
        pictures = np.full((36, 8, 8, 3), 60 * i, np.uint8)
        Image.fromarray(grid(pictures)).save(folder / "samples" / f"{100 * i:09d}.png")
        lines.append(json.dumps({"kind": "train", "step": i, "images": 100 * i, "loss": 1.0 / i}))
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    app = page(kind="Run", run="mine")
    assert good(app)
    assert "3 sheets of 36 samples" in " ".join(caption.value for caption in app.caption)
    app.number_input(key="sample").set_value(36).run()
    assert good(app)
    app.button(key="animate-training").click().run()
    assert good(app)
    assert app.multiselect[0].options == ["sample 36", "loss"]


def test_a_run_can_be_animated_from_another_page(home: Path) -> None:
    (home / "runs" / "mine" / "samples").mkdir(parents=True)
    for i in (1, 2):
        picture = Image.fromarray(grid(np.full((36, 8, 8, 3), 60 * i, np.uint8)))
        picture.save(home / "runs" / "mine" / "samples" / f"{i:09d}.png")
    app = AppTest.from_string("from studio.panels import animate_run\nanimate_run.offer('mine')").run()
    app.button(key="animate-training").click().run()
    assert good(app)
    assert "2 frames" in next(caption.value for caption in app.caption if caption.value.startswith("About"))


def test_without_a_run_it_says_how_to_get_one(home: Path) -> None:
    app = page(kind="Run")
    assert good(app)
    assert "python -m engines train" in app.info[0].value
    app.text_input(key="folder").set_value("/nowhere").run()
    assert "/nowhere has no sheets" in app.error[0].value


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_opens_with_what_ships(home: Path, kind: str) -> None:
    app = page(kind=kind, steps="2", fps="2")
    assert good(app)
    assert app.selectbox(key="kind").value == kind


@pytest.mark.parametrize(("address", "word"), [({"seed": "many"}, "many"), ({"checkpoint": "../../etc"}, "../../etc")])
def test_a_bad_value_in_the_address_is_named(gan_home: Path, address: dict[str, str], word: str) -> None:
    app = walk(**address)
    assert not app.exception
    assert word in said(app)


def test_lambda_goes_as_its_key_frames_say(home: Path) -> None:
    app = page(kind="Fusion", checkpoint="tiny", steps="3", fps="2", a="seed:1", b="seed:2", lams="0,1:l1,2:l0.5")
    assert good(app)
    assert app.slider(key="lams-1-lam").value == 1
    assert app.multiselect(key="ways").value == ["blend", "tiny:slerp"]
    ask = fuse.Ask(generate.complete(Recipe("tiny", 0, steps=3, start=0.5)), (Cat(seed=1), Cat(seed=2)))
    values = np.array([0, 0.5, 0.75, 1])  # λ is 0, ½, 1, ¾, ½ at five frames: each is drawn once
    blend = next(row for row in fuse.rows("tiny") if row.name == "blend")
    pictures = fuse.kept(ask, blend, values)
    a, b = fuse.parents(ask)
    assert np.abs(pictures[2].astype(float) - (0.25 * a + 0.75 * b)).max() <= 0.51
    app.button(key="animate-between-cats").click().run()
    assert good(app)
    assert [len(each.options) for each in app.multiselect if each.label == "Pictures"] == [2]
    assert "5 frames" in next(caption.value for caption in app.caption if caption.value.startswith("About"))


def test_without_a_way_it_says_so(home: Path) -> None:
    app = page(kind="Fusion", checkpoint="tiny", ways="blend", fps="2", lams="0,1:l1")
    app.multiselect(key="ways").set_value([]).run()
    assert good(app)
    assert "at least one way" in app.info[0].value
