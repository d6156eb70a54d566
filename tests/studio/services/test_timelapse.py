"""A run's sheets over its training: found, cut into samples, and told with their losses."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.images import grid
from engines.training.loop import SAMPLES
from studio.services import timelapse


def write(folder: Path, sheets: int, every: int = 100, size: int = 8) -> np.ndarray:
    """A run that wrote `sheets` sheets, with two lines of its log between each two."""
    (folder / "samples").mkdir(parents=True)
    pictures = np.random.default_rng(0).integers(0, 256, (sheets, SAMPLES, size, size, 3), dtype=np.uint8)
    lines = []
    for i in range(sheets):
        Image.fromarray(grid(pictures[i])).save(folder / "samples" / f"{(i + 1) * every:09d}.png")
        for half in (1, 2):
            line = {
                "kind": "train",
                "step": 2 * i + half,
                "images": i * every + half * every // 2,
                "loss": float(i + half),
            }
            lines.append(json.dumps(line))
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    return pictures


def test_runs_with_sheets_are_found_latest_first(home: Path) -> None:
    for i, name in enumerate(("old", "twins/broken", ".hidden", "new")):
        write(home / "runs" / name, 2)
        os.utime(home / "runs" / name / "samples" / "000000200.png", (1000 + i, 1000 + i))
    write(home / "runs" / "only-one", 1)
    assert timelapse.runs() == ["new", "twins/broken", "old"]
    names = ("old", str(home / "runs" / "new"), "only-one", "nowhere")
    assert [timelapse.there(name) for name in names] == [True, True, False, False]


def test_sheets_samples_and_losses_come_back(home: Path) -> None:
    pictures = write(home / "runs" / "mine", 3)
    lapse = timelapse.lapse("mine")
    assert lapse.images.tolist() == [100, 200, 300]
    assert (lapse.columns, lapse.size, lapse.count) == (6, 8, 36)
    assert lapse.sheets.shape == (3, 58, 58, 3)
    for number in (0, 7, 35):
        assert np.array_equal(lapse.sample(number), pictures[:, number])
    assert lapse.loss.tolist() == [1.5, 2.5, 3.5]
    assert lapse.labels()[1] == "200 pictures seen · loss 2.5"


def test_a_folder_elsewhere_is_a_run_too_and_needs_no_log(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", 2)
    (tmp_path / "elsewhere" / "log.jsonl").unlink()
    lapse = timelapse.lapse(str(tmp_path / "elsewhere"))
    assert np.isnan(lapse.loss).all()
    assert lapse.labels() == ["100 pictures seen", "200 pictures seen"]


def test_of_many_sheets_some_are_left_out_but_never_the_last(home: Path) -> None:
    write(home / "runs" / "long", 2 * timelapse.MOST_FRAMES, size=1)
    lapse = timelapse.lapse("long")
    assert len(lapse.sheets) <= timelapse.MOST_FRAMES
    assert lapse.images[-1] == 2 * timelapse.MOST_FRAMES * 100
    assert lapse.images[0] == 100


def test_a_new_sheet_changes_the_stamp(home: Path) -> None:
    write(home / "runs" / "mine", 2)
    before = timelapse.stamp("mine")
    assert timelapse.stamp("mine") == before
    Image.fromarray(np.zeros((58, 58, 3), np.uint8)).save(home / "runs" / "mine" / "samples" / "000000300.png")
    assert timelapse.stamp("mine") != before


def test_what_is_no_run_is_said(home: Path, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="nowhere has no sheets"):
        timelapse.lapse("nowhere")
    write(home / "runs" / "cut", 2)
    (home / "runs" / "cut" / "samples" / "000000200.png").write_bytes(b"\x89PNG")
    with pytest.raises(ValueError, match=r"000000200.png of the run cannot be read"):
        timelapse.lapse("cut")
