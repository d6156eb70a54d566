"""The panel of pairs without a browser: begun, followed and judged; its settings come from the address."""

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from studio.recipe import Recipe
from studio.services import pairs
from studio.services.pairs import Asked

SCRIPT = """
from studio.panels import fuse_pairs
from studio.recipe import Recipe

fuse_pairs.show(Recipe("tiny", 0, "ddpm", 4, start=0.5))
"""


@pytest.fixture
def source(tmp_path: Path) -> str:
    folder = tmp_path / "cats"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(40):
        Image.fromarray(rng.integers(40, 220, (16, 16, 3), np.uint8)).save(folder / f"{i:03d}.png")
    return str(folder)


def page(**address: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=120)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def says(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.caption, *app.markdown, *app.warning, *app.info))


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def settled(app: AppTest, asked: Asked) -> AppTest:
    end = time.monotonic() + 300
    while pairs.running(asked):
        assert time.monotonic() < end
        time.sleep(0.05)
    return app.run()


def test_one_button_makes_the_pairs_of_the_address(home: Path, source: str) -> None:
    app = page(
        pairs_data=source, pairs="6", pairs_way="Two noises, rescaled", pairs_rule="not two dark cats", pairs_lam="0.4"
    )
    assert not app.exception
    assert labels(app) == ["Fuse 6 pairs"]
    assert "6 pairs: about 12 network calls" in says(app)
    asked = Asked(Recipe("tiny", 0, "ddpm", 4, start=0.5), source, 6, 0.4, "rescaled", "not-both-dark", 0)
    app.button(key="pairs-start").click().run()
    assert pairs.running(asked)
    assert labels(app) == ["Cancel"]
    settled(app, asked)
    assert not app.exception
    assert labels(app)[0] == "Forget them"
    text = says(app)
    for words in ("KD-lite0 of the parents", "6 pictures say little", "Best by balance", "All 6", "FID was left out"):
        assert words in text
    assert len(app.image) == 5 + 5 + 6
    assert len(app.get("download_button")) == 2
    best = pairs.seen(asked).scores["best"]
    assert f"**#{best[0]}** balance" in text
    app.button(key="pairs-forget").click().run()
    assert labels(app) == ["Fuse 6 pairs"]


def test_more_pairs_go_on_where_the_first_ended(home: Path, source: str) -> None:
    asked = Asked(Recipe("tiny", 0, "ddpm", 4, start=0.5), source, 2, 0.5, "blend", "any", 0)
    app = page(pairs_data=source, pairs="2", pairs_way="Pixel blend")
    app.button(key="pairs-start").click().run()
    settled(app, asked)
    app.number_input(key="pairs").set_value(4).run()
    assert labels(app)[0] == "Go on with pair 3"
    assert len(app.image) == 2
    app.button(key="pairs-start").click().run()
    settled(app, asked)
    assert "There are" not in says(app)
    assert "4 pairs are there" in says(app)


def test_what_is_wrong_is_said_and_can_be_mended(home: Path, source: str) -> None:
    app = page(pairs_data="/nowhere/cats.zip")
    app.button(key="pairs-start").click().run()
    assert "There is no '/nowhere/cats.zip'" in app.error[0].value
    app.text_input(key="pairs_data").set_value("").run()
    assert "Name a folder or a zip" in says(app)
    app.text_input(key="pairs_data").set_value(source).run()
    app.number_input(key="pairs").set_value(1).run()
    app.selectbox(key="pairs_way").set_value("blend").run()
    app.button(key="pairs-start").click().run()
    asked = Asked(Recipe("tiny", 0, "ddpm", 4, start=0.5), source, 1, 0.5, "blend", "any", 0)
    settled(app, asked)
    (Path(source) / "000.png").unlink()
    app.number_input(key="pairs").set_value(2).run()
    app.button(key="pairs-start").click().run()
    settled(app, asked)
    assert "made with pictures of another source" in app.error[0].value
    app.button(key="pairs-anew").click().run()
    settled(app, asked)
    assert "2 pairs are there" in says(app)
