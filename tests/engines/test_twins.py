"""Each break differs from its healthy twin in the one thing it says, and provokes the symptom it names."""

import contextlib
import itertools
from pathlib import Path

import pytest

from engines import twins
from engines.configs import to_dict

STEPS = 30  # of each twin: the symptoms come within a few


def settings(config: object) -> dict[str, object]:
    plain = to_dict(config)
    return plain | {f"unet.{name}": value for name, value in plain["model"]["unet"].items()} | {"model": None}


@pytest.mark.parametrize(
    ("name", "setting", "broken", "healthy"),
    [
        ("rate", "learning_rate", 0.3, 0.003),
        ("norm", "unet.norm", False, True),
        ("skips", "unet.skips", False, True),
        ("start", "unet.weight_scale", 0.0, 1.0),
    ],
)
def test_twins_differ_in_one_setting(name: str, setting: str, broken: object, healthy: object) -> None:
    both = twins.configs(name)
    ill, well = settings(both["broken"]), settings(both["healthy"])
    assert {key: (ill[key], well[key]) for key in ill if ill[key] != well[key]} == {setting: (broken, healthy)}


@pytest.mark.parametrize("name", twins.BREAKS)
def test_a_break_provokes_its_symptom_and_its_twin_is_healthy(name: str, tmp_path: Path) -> None:
    with contextlib.closing(twins.train(name, tmp_path, 600)) as steps:
        for _ in itertools.islice(steps, 2 + 2 * STEPS):
            pass
    broken, healthy = (twins.twin(tmp_path, which) for which in twins.WHICH)
    assert twins.BREAKS[name].symptom in [flag.kind for flag in broken.flags]
    assert healthy.flags == ()
    assert healthy.loss.max() < 3 * healthy.loss[:5].mean()  # thirty steps are few to learn in, but enough to blow up
    assert twins.samples(tmp_path, "healthy", 2).shape == (2, 16, 16, 3)
    assert twins.samples(tmp_path, "broken", 2).shape == (2, 16, 16, 3)


def test_an_unknown_break_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="'nothing'; there are: rate, norm, skips, start"):
        next(twins.train("nothing", tmp_path, 1))
