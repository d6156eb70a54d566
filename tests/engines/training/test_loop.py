"""A run: exact resume, stopping, early stopping, and what it leaves in its folder."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from engines import runs
from engines.data.augment import Augmentation
from engines.metrics.evaluate import METRICS
from engines.training.config import TrainConfig
from engines.training.log import read
from engines.training.loop import Event, rate

UNET = {
    "image_size": 16, "model_channels": 16, "multipliers": [1, 2], "attention": [8], "heads": 2, "dropout": 0.1
}  # fmt: skip
TINY = TrainConfig(
    model={"unet": UNET},
    data="drawn",
    images=96,
    batch_size=8,
    log_images=8,
    sample_images=64,
    validate_images=32,
    score_images=10**9,
    warmup_images=16,
    device="cpu",
    precision="fp32",
    augmentation=Augmentation(flip=True, rotate=10.0, brightness=0.1, contrast=0.1),
)


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in read(folder) if line["kind"] in ("train", "validation")]


def finish(config: TrainConfig, folder: Path) -> list[Event]:
    return list(runs.start(config, folder))


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_resumed_run_has_the_losses_of_an_uninterrupted_one(tmp_path: Path, accumulate: int) -> None:
    config = replace(TINY, accumulate=accumulate)
    finish(config, tmp_path / "whole")
    events = runs.start(config, tmp_path / "parts")
    next(event for event in events if event.images >= 48)
    events.close()
    list(runs.resume(tmp_path / "parts"))
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    whole, parts = (torch.load(tmp_path / name / "state.pt", weights_only=True) for name in ("whole", "parts"))
    assert all(torch.equal(v, parts["objective"]["ema"][k]) for k, v in whole["objective"]["ema"].items())


def test_a_crash_goes_back_to_the_saved_state_and_drops_later_lines(tmp_path: Path) -> None:
    finish(TINY, tmp_path / "whole")
    events = runs.start(TINY, tmp_path / "run")
    next(event for event in events if event.images >= 40)
    events.close()
    log = tmp_path / "run" / "log.jsonl"
    log.write_text(
        log.read_text() + '{"kind": "train", "step": 9, "images": 72, "seconds": 1, "loss": 9.0}\n{"kind": "tra'
    )
    list(runs.resume(tmp_path / "run"))
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")


def test_what_a_run_leaves_behind(tmp_path: Path) -> None:
    events = finish(TINY, tmp_path)
    assert [event.kind for event in events if event.kind != "train"] == [
        "validation",
        "validation",
        "sample",
        "validation",
        "end",
    ]
    assert json.loads((tmp_path / "config.json").read_text())["model"]["unet"]["image_size"] == 16
    assert Image.open(tmp_path / "samples" / "000000064.png").size == (6 * 18 - 2, 6 * 18 - 2)
    validation = next(line for line in read(tmp_path) if line["kind"] == "validation")
    levels = [value for name, value in validation.items() if name.startswith("loss_t")]
    assert len(levels) == 8
    assert validation["loss"] == pytest.approx(np.mean(levels))
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    assert [scalar.value for scalar in board.Scalars("train/loss")] == pytest.approx(
        [line["loss"] for line in read(tmp_path) if line["kind"] == "train"]
    )
    assert "samples" in board.Tags()["images"]
    assert not list(tmp_path.glob(".*"))


def test_a_run_shorter_than_its_lines_still_says_what_it_learnt(tmp_path: Path) -> None:
    seldom = replace(TINY, log_images=10**6, validate_images=10**6, sample_images=10**6)
    train, end = finish(replace(seldom, images=24), tmp_path / "short")
    assert (train.kind, train.images, end.kind) == ("train", 24, "end")
    finish(replace(TINY, images=24), tmp_path / "often")
    assert losses(tmp_path / "short") == losses(tmp_path / "often")[-1:]


def test_the_clock_ends_a_run_and_the_next_leg_goes_on(tmp_path: Path) -> None:
    *_, end = runs.start(TINY, tmp_path, minutes=0.001)
    assert end.values["reason"] == "0.001 minutes are over"
    assert 0 < end.images < TINY.images
    *_, end = runs.resume(tmp_path)
    assert end.images == TINY.images


def test_more_pictures_than_the_run_was_meant_for(tmp_path: Path) -> None:
    finish(TINY, tmp_path)
    *_, end = runs.resume(tmp_path, images=112)
    assert end.images == 112


def test_no_improvement_ends_a_run_early(tmp_path: Path) -> None:
    config = replace(TINY, images=10_000, best_by="loss", patience=2, learning_rate=0.0, weight_decay=0.0)
    *_, end = runs.start(config, tmp_path)
    assert "did not improve 2 times" in end.values["reason"]
    assert end.images == 3 * TINY.validate_images
    assert (tmp_path / "best.safetensors").is_file()


def test_a_folder_that_holds_a_run_is_not_overwritten(tmp_path: Path) -> None:
    finish(replace(TINY, images=8), tmp_path)
    with pytest.raises(ValueError, match="already holds a run"):
        runs.start(TINY, tmp_path)
    with pytest.raises(LookupError, match="not a run"):
        runs.resume(tmp_path / "nothing")


def test_the_rate_warms_up_holds_and_falls_to_nothing() -> None:
    config = TrainConfig(batch_size=10, warmup_images=100, decay=0.5)
    assert rate(config, 40, 0.0) == pytest.approx(0.5)
    assert rate(config, 400, 0.4) == 1.0
    assert rate(config, 400, 0.75) == pytest.approx(0.5)
    assert rate(config, 400, 1.0) == pytest.approx(0.0)


def test_the_shipped_presets_are_whole_and_the_drawn_one_trains(tmp_path: Path) -> None:
    for name in runs.presets():
        runs.read_config(name)
    config = runs.read_config("ddpm-drawn-32")
    short = replace(config, images=64, validate_images=32, sample_images=64, log_images=32, device="cpu")
    *_, end = runs.start(short, tmp_path / "run")
    assert end.images == 64
    *_, done = runs.publish(tmp_path / "run", "drawn", tmp_path / "checkpoints", n=8)
    assert {score["name"] for score in done["scores"]} == set(METRICS)
    card = json.loads((tmp_path / "checkpoints" / "drawn" / "card.json").read_text())
    assert (card["images_seen"], card["classes"]) == (64, ["cat", "dog"])


def test_the_last_state_competes_for_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the lowest learning rate behind it, so it must be scored even between two multiples of `score_images`."""
    values = iter([0.3, 0.2])

    class Falling:
        def __init__(self, _: np.ndarray) -> None:
            pass

        def score(self, samples: np.ndarray) -> dict[str, float]:
            assert samples.shape == (4, 16, 16, 3)
            return {"kd": next(values)}

    monkeypatch.setattr(runs, "Quick", Falling)
    finish(replace(TINY, score_images=64, score_n=4), tmp_path)
    assert [(line["images"], line["kd"]) for line in read(tmp_path) if line["kind"] == "scores"] == [
        (64, 0.3),
        (96, 0.2),
    ]
    best, last = (load_file(tmp_path / f"{name}.safetensors") for name in ("best", "ema"))
    assert all(torch.equal(value, last[key]) for key, value in best.items())
