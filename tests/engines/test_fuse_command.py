"""`python -m engines fuse` as a user types it."""

import json
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from engines import checkpoints, fusing
from engines.cli import main
from engines.fusion.ways import Settings
from engines.pairs import folder as files


def run(capsys: pytest.CaptureFixture, *words: object) -> dict:
    assert main(["fuse", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    picture = np.random.default_rng(0).integers(60, 200, (40, 30, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_one_picture_is_what_the_engine_draws(
    home: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    done = run(capsys, "tiny", 3, photo, "--lam", 0.25, "--steps", 6, "--out", tmp_path / "new" / "x.png")
    assert (done["method"], done["lam"], done["files"]) == ("slerp", [0.25], [str(tmp_path / "new" / "x.png")])
    model = checkpoints.load("tiny")
    a, b = fusing.parent(model, "3"), fusing.parent(model, str(photo))
    *_, last = fusing.fuse(model, "slerp", a, b, [0.25], Settings(steps=6))
    np.testing.assert_array_equal(np.asarray(Image.open(done["files"][0])), last.drawn.pictures[0])


def test_several_lambda_fill_a_folder_and_a_film_goes_all_the_way(
    home: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    common = ["tiny", photo, "tiny:4", "--method", "two-noises", "--steps", 6, "--start", 0.6, "--seed", 2]
    done = run(capsys, *common, "--lam", "0,0.25,1", "--out", tmp_path / "some")
    names = [Path(file).name for file in done["files"]]
    assert names == ["lam-0.png", "lam-0.25.png", "lam-1.png"]
    assert len({Path(file).read_bytes() for file in done["files"]}) == 3
    for kind in ("gif", "mp4"):
        done = run(capsys, *common, "--points", 5, "--out", tmp_path / f"x.{kind}")
        assert done["lam"] == [0, 0.25, 0.5, 0.75, 1]
    gif, first = iio.imread(tmp_path / "x.gif"), np.asarray(Image.open(tmp_path / "some" / "lam-0.png"))
    assert gif.shape[1:] == (64, 64, 3)
    assert np.abs(gif[0, ::4, ::4].astype(int) - first).mean() < 8
    assert iio.improps(tmp_path / "x.mp4").shape[1:3] == (64, 64)


def test_a_gan_searches_for_what_it_did_not_draw(
    gan_home: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    done = run(capsys, "tiny-gan", 3, photo, "--search", 2, "--out", tmp_path / "x.png")
    assert done["method"] == "w"
    assert Image.open(done["files"][0]).size == (16, 16)


def test_pairs_stop_and_go_on(
    home: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = ["tiny", "--data", source, "--method", "blend", "--rule", "not-both-dark", "--out", tmp_path / "out"]
    keep = files.keep

    def interrupted(*args: object) -> None:
        keep(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "keep", interrupted)
    done = run(capsys, *common, "--pairs", 3)
    assert (done["finished"], done["pairs"]) == (False, 1)
    monkeypatch.setattr(files, "keep", keep)
    done = run(capsys, "--resume", tmp_path / "out")
    assert (done["finished"], done["pairs"], len(done["best"])) == (True, 3, 3)
    assert main(["fuse", "--resume", str(tmp_path / "out"), "--pairs", "4"]) == 0
    said = capsys.readouterr().out
    assert "4 pairs say little" not in said
    assert "4 pictures say little" in said
    assert "best by balance: 00" in said
    assert "FID was left out" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tiny", "1", "2"], "Something is missing"),
        (["tiny", "1", "--out", "x.png"], "Two cats are needed"),
        (["tiger", "1", "2", "--out", "x.png"], "no checkpoint 'tiger'"),
        (["tiny", "1", "nothing.png", "--out", "x.png"], "neither a seed nor a picture file"),
        (["tiny", "1", "2", "--out", "x.png", "--method", "w"], "it has: "),
        (["tiny", "1", "2", "--out", "x.png", "--lam", "2"], "λ is 2; allowed"),
        (["tiny", "1", "2", "--out", "x.png", "--lam", "half"], "write a number"),
        (["tiny", "1", "2", "--out", "x.png", "--lam", "0,1"], "2 λ do not fit"),
        (["tiny", "1", "2", "--out", "x.avi"], "must end in .png"),
        (["tiny", "1", "2", "--out", "x.gif", "--lam", "0.5"], "leave --lam out"),
        (["tiny", "1", "2", "--out", "x.gif", "--points", "1"], "2 to 1000"),
        (["tiny", "1", "2", "--out", "x.png", "--sampler", "euler"], "allowed: dpmpp"),
        (["tiny", "1", "2", "--out", "x.png", "--steps", "500"], "1 to 100"),
        (["tiny", "1", "2", "--out", "x.png", "--class", "cow"], "allowed: cat, dog"),
        (["tiny", "--pairs", "5", "--out", "x"], "--data SOURCE"),
        (["tiny", "1", "2", "--pairs", "5", "--data", "drawn", "--out", "x"], "and no A and B"),
        (["tiny", "--pairs", "5", "--data", "missing.zip", "--out", "x"], "missing.zip"),
        (["tiny", "--pairs", "5", "--data", "drawn", "--lam", "0,1", "--out", "x"], "at one λ"),
        (["tiny", "--pairs", "5", "--data", "drawn", "--rule", "black", "--out", "x"], "any, not-both-dark"),
        (["--resume", "nothing"], "no pairs to go on with"),
        (["tiny", "--resume", "nothing"], "takes its settings from the folder"),
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
    assert main(["fuse", *words]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert len(captured.err.strip().splitlines()) == 1
