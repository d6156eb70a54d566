"""Commands as a user types them: what they write, what they say of mistakes."""

import json
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from engines.cli import main, parser


def run(capsys: pytest.CaptureFixture, *words: object) -> dict:
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_sample_writes_different_pictures_the_same_every_time(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for out in ("a", "b"):
        done = run(capsys, "sample", "tiny", "--n", 18, "--seed", 3, "--steps", 4, "--out", tmp_path / out)
        assert len(done["files"]) == 18
    files = sorted((tmp_path / "a").iterdir())
    assert [file.name for file in files][::17] == ["seed-000003.png", "seed-000020.png"]
    assert len({file.read_bytes() for file in files}) == 18
    assert all(file.read_bytes() == (tmp_path / "b" / file.name).read_bytes() for file in files)
    assert Image.open(files[0]).size == (16, 16)


def test_a_picture_does_not_depend_on_its_batch(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run(capsys, "sample", "tiny", "--n", 5, "--seed", 0, "--steps", 4, "--out", tmp_path / "many")
    run(capsys, "sample", "tiny", "--n", 1, "--seed", 3, "--steps", 4, "--out", tmp_path / "one")
    a, b = (np.asarray(Image.open(tmp_path / folder / "seed-000003.png")).astype(int) for folder in ("many", "one"))
    assert np.abs(a - b).max() <= 1


def test_trajectory_in_every_format_ends_with_the_sampled_picture(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    common = ["--seed", 5, "--class", "dog", "--steps", 6, "--sampler", "ddim"]
    assert run(capsys, "sample", "tiny", "--n", 1, "--out", tmp_path, *common)["label"] == "dog"
    picture = np.asarray(Image.open(tmp_path / "seed-000005.png"))
    for kind in ("png", "gif", "mp4", "npz"):
        assert run(capsys, "trajectory", "tiny", "--out", tmp_path / f"x.{kind}", *common)["frames"] == 7
    assert np.array_equal(np.asarray(Image.open(tmp_path / "x.png")), picture)
    with np.load(tmp_path / "x.npz") as arrays:
        assert arrays["x_t"].shape == (7, 16, 16, 3)
        assert np.array_equal(np.rint((arrays["x_t"][-1] + 1) * 127.5).clip(0, 255), picture)
    gif = iio.imread(tmp_path / "x.gif")
    assert gif.shape[1:] == (64, 64, 3)
    assert np.abs(gif[-1, ::4, ::4].astype(int) - picture).mean() < 8
    assert iio.improps(tmp_path / "x.mp4").shape[1:3] == (64, 64)


def test_a_chain_can_start_from_a_photo(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    done = run(
        capsys, "trajectory", "tiny", "--photo", tmp_path / "photo.png", "--start", 0.5, "--steps", 8,
        "--out", tmp_path / "x.npz",
    )  # fmt: skip
    assert done["frames"] == 5


def test_train_resume_publish_and_evaluate_one_after_the_other(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    tiny = ["model.unet.image_size=16", "model.unet.multipliers=[1, 2]", "log_images=32", "device=cpu"]
    settings = [word for setting in tiny for word in ("--set", setting)]
    run(capsys, "train", "ddpm-smoke", "--out", tmp_path / "run", "--images", 64, *settings)
    done = run(capsys, "train", "--resume", tmp_path / "run", "--images", 128)
    assert done["images"] == 128
    done = run(capsys, "publish", tmp_path / "run", "--name", "mine", "--to", home / "own", "--n", 8)
    assert Path(done["path"]).name == "mine"
    done = run(capsys, "evaluate", home / "own" / "mine", "--reference", "drawn", "--split", "val", "--n", 4)
    names = ["KD-lite0", "FD-lite0", "cat share", "diversity"]
    assert {score["name"]: score["n"] for score in done["scores"]} == dict.fromkeys(names, 4)


def test_pictures_too_few_to_hold_some_back_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "one").mkdir()
    Image.new("RGB", (32, 32)).save(tmp_path / "one" / "cat.png")
    words = ["train", "ddpm-smoke", "--data", tmp_path / "one", "--out", tmp_path / "run"]
    assert main([*map(str, words)]) == 2
    assert "give it more pictures" in capsys.readouterr().err


def test_evaluate_scores_a_folder_of_pictures(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run(capsys, "sample", "tiny", "--n", 4, "--steps", 2, "--out", tmp_path / "pictures")
    done = run(capsys, "evaluate", tmp_path / "pictures", "--reference", tmp_path / "pictures", "--n", 4)
    scores = {score["name"]: score["value"] for score in done["scores"]}
    assert scores["FD-lite0"] == pytest.approx(0, abs=1e-3)


def test_models_lists_what_there_is(home: Path, capsys: pytest.CaptureFixture) -> None:
    assert "tiny" in {model["name"] for model in run(capsys, "models")["models"]}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sample", "tiger", "--out", "x"], "no checkpoint 'tiger'"),
        (["sample", "tiny", "--out", "x", "--n", "0"], "at least 1"),
        (["sample", "tiny", "--out", "x", "--steps", "1000"], "1 to 100"),
        (["sample", "tiny", "--out", "x", "--class", "cow"], "allowed: cat, dog"),
        (["sample", "tiny", "--out", "x", "--sampler", "euler"], "allowed: dpmpp, ddim, ddpm, heun"),
        (["trajectory", "tiny", "--out", "x.avi"], "must end in .gif, .mp4, .png, .npz"),
        (["trajectory", "tiny", "--out", "x.png", "--photo", "nothing.png"], "nothing.png cannot be read"),
        (["train", "nothing", "--out", "x"], "the presets are: break-norm"),
        (["train", "ddpm-smoke"], "--out RUN"),
        (["train", "ddpm-smoke", "--out", "x", "--set", "colour=red"], "no setting 'colour'"),
        (["train", "--resume", "nothing"], "not a run"),
        (["publish", "nothing", "--name", "x"], "not a run"),
        (["evaluate", "nothing", "--reference", "drawn"], "neither a checkpoint"),
        (["evaluate", "tiny", "--reference", "drawn", "--features", "inception"], "only lite0"),
        (["evaluate", "tiny", "--reference", "missing.zip"], "missing.zip"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    words: list[str],
    says: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert len(captured.err.strip().splitlines()) == 1


def test_every_command_has_help(capsys: pytest.CaptureFixture) -> None:
    commands = parser()._subparsers._group_actions[0].choices
    for name in commands:
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        assert "usage" in capsys.readouterr().out
