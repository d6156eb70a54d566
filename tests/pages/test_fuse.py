"""The Fuse page without a browser: its tabs, what its address asks for, how bad values fare."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from studio.panels import fuse_pad, fuse_rows
from studio.recipe import Recipe
from studio.services import fuse, generate, photos
from studio.services.cats import Cat
from studio.services.fuse import Ask

PAGE = Path(__file__).resolve().parents[2] / "pages" / "fuse.py"
WAYS = "blend,tiny:shared,tiny:slerp"


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=180)
    for name, value in {"checkpoint": "tiny", "steps": "4", "ways": WAYS, **address}.items():
        app.query_params[name] = value.split(",") if name == "ways" else value
    return app.run()


def good(app: AppTest) -> bool:
    return not app.exception and not app.error


def table(app: AppTest) -> list[list[str]]:
    """The numbers, row by row."""
    text = next(each.value for each in app.markdown if each.value.startswith("| way"))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[2:]]


def ask(*cats: Cat, **changes: object) -> Ask:
    recipe = generate.complete(replace(Recipe("tiny", 0, "ddpm", 4, start=0.5), **changes))
    return Ask(recipe, cats or (Cat(seed=1), Cat(seed=2)))


def test_rows_are_drawn_and_measured(home: Path) -> None:
    app = page()
    assert good(app)
    assert [row[0] for row in table(app)] == ["Pixel blend", "One shared noise", "Inverted, along the sphere"]
    assert [chart.key for chart in app.get("plotly_chart")] == ["fuse-noise", "fuse-speed", "fuse-identity"]
    assert any("You see" in caption.value for caption in app.caption)
    rows = {row.name: row for row in fuse.rows("tiny")}
    assert all(fuse.known(ask(), rows[name]) is not None for name in WAYS.split(","))


def test_the_table_follows_the_slider(home: Path) -> None:
    app = page(ways="blend")
    middle = table(app)[0]
    frames = len(ask().places)
    app.session_state["fuse-film"] = {"frame": [0, f"fuse-{frames}"], "pixel": None}
    app.run()
    start = table(app)[0]
    assert start != middle
    assert start[3] == "0"  # the distance to A of A itself


def test_the_address_says_which_cats_and_how_deep(home: Path) -> None:
    digest = photos.store(np.full((40, 40, 3), 90, np.uint8))
    app = page(a=f"photo:{digest}", b="seed:7", start="0.75", seed="3", ways="tiny:shared")
    assert good(app)
    asked = ask(Cat(photo=digest), Cat(seed=7), start=0.75, seed=3)
    shared = next(row for row in fuse.rows("tiny") if row.way == "shared")
    assert fuse.known(asked, shared) is not None


def test_three_cats_and_back(home: Path) -> None:
    app = page(cats="3", loop="true", ways="blend")
    assert good(app)
    assert any("seed 1 → seed 2 → seed 3 → seed 1" in caption.value for caption in app.caption)
    assert app.query_params.get("cats") in ("3", ["3"])


def test_constant_speed_draws_other_pictures(home: Path) -> None:
    assert good(page(ways="tiny:shared"))
    before = len(list((home / "cache" / fuse.FOLDER).glob("*.npz")))
    assert good(page(ways="tiny:shared", constant="true"))
    assert len(list((home / "cache" / fuse.FOLDER).glob("*.npz"))) == before + 2


def test_a_row_that_cannot_be_had_says_why_and_the_others_go_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fuse.film

    def film(asked: Ask, row: fuse.Row, *more: object, **named: object) -> object:
        if row.way == "slerp":
            raise ValueError("This one is out of order.")
        return whole(asked, row, *more, **named)

    monkeypatch.setattr(fuse, "film", film)
    app = page()
    assert not app.exception
    assert any("out of order" in warning.value for warning in app.warning)
    assert [row[0] for row in table(app)] == ["Pixel blend", "One shared noise"]


def test_no_way_at_all_is_said_in_words(home: Path) -> None:
    app = page(ways="blend")
    app.session_state["ways"] = []
    app.run()
    assert any("at least one way" in info.value for info in app.info)


def test_the_plane_is_drawn_whole(home: Path) -> None:
    app = page(tab=fuse_pad.NAME, lam="0.3", depth="0.45")
    assert good(app)
    shared = next(row for row in fuse.rows("tiny") if row.way == "shared")
    exact = fuse.kept(fuse.moved(ask(), start=0.45), shared, np.array([0.3]))
    assert exact.shape == (1, 16, 16, 3)


@pytest.mark.parametrize(
    ("address", "says"),
    [({"a": "nonsense"}, "is no cat"), ({"steps": "5000"}, "steps is 5000"), ({"sampler": "euler"}, "sampler is")],
)
def test_bad_values_of_an_address_are_said_and_lose_nothing(address: dict, says: str, home: Path) -> None:
    app = page(**{"ways": "blend", **address})
    assert not app.exception
    assert says in " ".join(toast.value for toast in app.toast)
    assert table(app)


def test_a_missing_photo_is_said_in_words(home: Path) -> None:
    app = page(a="photo:0123456789abcdef", ways="blend")
    assert not app.exception
    assert any("not on this machine" in each.value for each in (*app.error, *app.warning))


def test_reset_brings_the_defaults_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blend = fuse.rows("tiny")[:1]
    monkeypatch.setattr(fuse, "rows", lambda checkpoint: blend)  # the others' searches take long
    app = page(a="seed:9", start="0.8", cats="3", ways="blend")
    assert any("seed 9 → seed 2 → seed 3" in caption.value for caption in app.caption)
    next(button for button in app.button if button.label == "Reset").click().run()
    assert app.slider(key="start").value == 0.5
    assert any("seed 1 → seed 2 ·" in caption.value for caption in app.caption)


def test_every_frame_has_its_line(home: Path) -> None:
    assert fuse_rows.labels(ask())[9] == "λ = 0.5"
