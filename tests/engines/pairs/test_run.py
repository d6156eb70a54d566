"""Pairs of a source: killed, cancelled and asked for again, they come out as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines import checkpoints, fusing
from engines.fusion.measures import measure
from engines.fusion.ways import Settings
from engines.home import ROOT
from engines.pairs import folder as files
from engines.pairs.plan import Plan
from engines.pairs.run import run

SETTINGS = Settings(steps=4, seed=7)


def held(folder: Path) -> dict[str, bytes]:
    """What a folder holds when nobody works on it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def plan(source: Path, pairs: int = 12, method: str = "shared", **more: object) -> Plan:
    return Plan("tiny", str(source), pairs, method=method, settings=SETTINGS, **more)


def test_pairs_are_what_the_command_for_one_draws_and_what_measures_say(
    home: Path, source: Path, tmp_path: Path
) -> None:
    last = list(run(plan(source, lam=0.4), tmp_path / "out"))[-1]
    assert (last.pairs, last.of, last.doing) == (12, 12, "done")
    records = files.records(tmp_path / "out")
    assert [record.pair for record in records] == list(range(12))
    model = checkpoints.load("tiny")
    for record in (records[0], records[10]):
        a, b = (fusing.parent(model, str(source / name)) for name in (record.a, record.b))
        own = Settings(steps=4, seed=7 + record.pair)
        *_, step = fusing.fuse(model, "shared", a, b, [0.4], own)
        picture = np.asarray(Image.open(files.picture(tmp_path / "out", record.pair)))
        np.testing.assert_array_equal(picture, step.drawn.pictures[0])
        for parent, which in ((a, files.A), (b, files.B)):
            kept = np.asarray(Image.open(files.picture(tmp_path / "out", record.pair, which)))
            np.testing.assert_array_equal(kept, parent.picture)
        found = measure([0, 0.4, 1], np.stack([a.picture, picture, b.picture]), a.picture, b.picture)
        assert record.to_a == pytest.approx(found.to_a[1], abs=1e-5)
        assert record.balance == pytest.approx(abs(record.to_a - record.to_b), abs=2e-6)
        assert record.verdict == found.verdict(1)
        assert record.noise == pytest.approx(step.drawn.noise[0], abs=1e-5)
        assert record.seed == 7 + record.pair


def test_a_killed_run_goes_on_and_ends_with_the_same_files(home: Path, source: Path, tmp_path: Path) -> None:
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    list(run(plan(source, method="slerp"), whole))
    command = [
        sys.executable, "-m", "engines", "fuse", "tiny", "--pairs", "12", "--data", str(source), "--method", "slerp",
        "--steps", "4", "--seed", "7", "--out", str(torn),
    ]  # fmt: skip
    for wanted in (lambda: (torn / files.CODES / "003-a.npy").exists(), lambda: len(files.records(torn)) >= 4):
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ}, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while not wanted() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert wanted()
        assert not (torn / files.SCORES).exists()
        assert not files.busy(torn)
    assert subprocess.run(command, cwd=ROOT, env={**os.environ}, stdout=subprocess.DEVNULL).returncode == 0
    assert held(torn) == held(whole)


def test_stopped_it_keeps_what_is_finished_and_more_can_be_asked_for(home: Path, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for step in run(plan(source), out):
        if step.pairs == 3:
            files.ask_to_stop(out)
    assert len(files.records(out)) == 3
    assert not (out / files.SCORES).exists()
    assert not (out / files.PROGRESS).exists()
    list(run(plan(source, 3), tmp_path / "three"))
    with pytest.raises(ValueError, match="pairs 12, while 3 is asked for"):
        list(run(plan(source, 3), out))
    list(run(plan(source, 12), tmp_path / "three"))  # more of them
    list(run(plan(source), out))
    assert held(tmp_path / "three") == held(out)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lam": 0.6}, "lam 0.5, while 0.6"),
        ({"method": "rescaled"}, "method shared, while rescaled"),
        ({"rule": "not-both-dark"}, "rule any, while not-both-dark"),
        ({"choice": 1}, "choice 0, while 1"),
    ],
)
def test_other_settings_are_refused_in_words(change: dict, says: str, home: Path, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(run(plan(source, 2), out))
    before = held(out)
    with pytest.raises(ValueError, match=says):
        list(run(plan(source, 2, **change), out))
    assert held(out) == before


def test_settings_that_the_way_does_not_read_make_no_difference(home: Path, source: Path, tmp_path: Path) -> None:
    list(run(plan(source, 2), tmp_path / "out"))
    settings = Settings(steps=4, seed=7, search=9)
    list(run(Plan("tiny", str(source), 2, method="shared", settings=settings), tmp_path / "out"))


def test_another_source_under_the_same_name_is_refused(home: Path, source: Path, tmp_path: Path) -> None:
    list(run(plan(source, 2), tmp_path / "out"))
    (source / "000.png").unlink()
    with pytest.raises(ValueError, match="made with pictures of another source"):
        list(run(plan(source, 2), tmp_path / "out"))


def test_two_processes_never_work_on_one_folder(home: Path, source: Path, tmp_path: Path) -> None:
    first = run(plan(source), tmp_path / "out")
    next(first)
    assert files.busy(tmp_path / "out")
    with pytest.raises(ValueError, match="Another process is fusing"):
        next(run(plan(source), tmp_path / "out"))
    first.close()
    assert not files.busy(tmp_path / "out")


def test_progress_never_falls_behind_and_ends_at_its_total(home: Path, source: Path, tmp_path: Path) -> None:
    steps = [step for step in run(plan(source, method="slerp"), tmp_path / "out") if step.doing.startswith("enc")]
    assert all(after.done > before.done for before, after in pairwise(steps))
    assert all(step.done <= step.total for step in steps)


def test_wrong_plans_are_refused_in_words(home: Path, source: Path, tmp_path: Path) -> None:
    for change, says in (({"pairs": 0}, "1 to 1000"), ({"lam": 1.0}, "above 0 and below 1"), ({"rule": "x"}, "any")):
        with pytest.raises(ValueError, match=says):
            plan(source, **change)
    with pytest.raises(LookupError, match="no method 'w'"):
        list(run(plan(source, method="w"), tmp_path / "out"))
    with pytest.raises(ValueError, match="There is no 'nowhere'"):
        list(run(plan(Path("nowhere")), tmp_path / "out"))
