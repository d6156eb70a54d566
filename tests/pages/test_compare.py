"""The Compare page without a browser: numbers measured here, words that follow from them."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engines import checkpoints
from studio.figures import compare as figures
from studio.services import compare, library

PAGE = Path(__file__).resolve().parents[2] / "pages" / "compare.py"


def page(**address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=200)
    for name, value in {"number": "2", "chain": "5", **address}.items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture
def only_tiny(gan_home: Path, tiny_home: Path, tiny_gan_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with the two tiny checkpoints, and no shipped ones."""
    (gan_home / "checkpoints").unlink()
    (gan_home / "checkpoints").mkdir()
    for name, home in (("tiny-gan", tiny_gan_home), ("tiny", tiny_home)):
        (gan_home / "checkpoints" / name).symlink_to(home / "checkpoints" / name)
    monkeypatch.setattr(checkpoints, "folders", lambda: [gan_home / "checkpoints"])
    compare._known.clear()
    compare._reasons.clear()


def test_both_kinds_are_measured_and_the_words_follow(only_tiny: None) -> None:
    app = page(seed="3")
    assert not app.exception
    assert not app.error
    names = compare.first_of_each_family()
    assert sorted(names) == ["tiny", "tiny-gan"]
    found = {each.name: each for each in compare.known(names, 3, 2, 5)}
    assert (found["tiny"].passes, found["tiny-gan"].passes) == (5, 1)
    assert found["tiny"].judging == 0
    assert found["tiny-gan"].drawing + found["tiny-gan"].judging == library.find("tiny-gan").parameters
    assert all(each.seconds > 0 and each.n == 2 for each in found.values())
    counts = " | ".join(str(found[name].passes) for name in names)
    assert any(f"| passes a picture | {counts} |" in text.value for text in app.markdown)
    why = next(text.value for text in app.markdown if "**Speed**" in text.value)
    assert "tiny-gan" in why
    assert "opponent" in why
    assert "Quality" not in why  # nothing was scored
    assert len(app.get("download_button")) == 4


def test_a_runs_losses_are_drawn_and_their_wobble_is_right(only_tiny: None, gan_home: Path) -> None:
    run = gan_home / "runs" / "mine"
    run.mkdir(parents=True)
    (run / "config.json").write_text(json.dumps({"family": "ddpm", "description": "tiny"}))
    losses = [9, 9, 9, 9, 1, 3, 1, 3]
    lines = [{"kind": "train", "step": i, "images": i, "loss": loss, "skipped": 2.0} for i, loss in enumerate(losses)]
    (run / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    went = compare.stability(library.find("tiny"))
    assert went.wobble == {"loss": pytest.approx(0.5)}  # 1 and 3: deviation 1 around 2
    assert went.skipped == 2
    assert compare.stability(library.find("tiny-gan")) is None
    app = page()
    assert not app.exception
    assert "losses-tiny" in [chart.key for chart in app.get("plotly_chart")]
    assert any("±50 %" in text.value for text in app.markdown)


def test_what_stylegan2_changed_is_measured(only_tiny: None) -> None:
    app = page(tab="What StyleGAN2 changed")
    assert not app.exception
    assert not app.error
    norms, sizes, cost = compare.reasons("tiny-gan", 0)
    assert norms.weight == pytest.approx(np.ones(len(norms.weight)), abs=1e-3)
    assert sizes.share.sum() == pytest.approx(1)
    assert cost.r1 > 0
    text = " ".join(each.value for each in app.markdown)
    assert f"{100 * norms.strength.mean():.0f} %" in text
    assert "once in 16 steps" in text


def test_nothing_picked_says_what_to_do(only_tiny: None) -> None:
    app = page()
    app.multiselect(key="compared").set_value([]).run()
    assert not app.exception
    assert "Pick a checkpoint" in app.info[0].value


def test_words_follow_from_numbers() -> None:
    a = {"name": "KD-lite0", "value": 0.1, "low": 0.08, "high": 0.12, "n": 653}
    b = {"name": "KD-lite0", "value": 0.3, "low": 0.25, "high": 0.35, "n": 653}
    near = {**b, "low": 0.11}
    assert figures.apart(a, b)
    assert not figures.apart(a, near)
    assert not figures.apart(a, {**b, "low": None, "high": None})
    assert figures.interval(a) == "0.1 (0.08 to 0.12), N = 653"
    text = figures.better(["slow", "fast"], [b, a], [10, 2000])
    assert text.startswith("by KD-lite0 fast (0.1) is nearer to real pictures than slow (0.3), and their intervals are")
    assert text.endswith("2,000 and 10 training pictures.")
    assert "none: one network" in figures.steadier({}, {"ddpm": 0})
    assert "opponent" not in figures.steadier({}, {"ddpm": 0})
    assert figures.steadier({}, {"a": 1, "b": 2, "c": 3}).startswith("a, b and c have an opponent")
