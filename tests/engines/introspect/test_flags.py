"""The thresholds: just under raises nothing, just over raises the flag that names the layer."""

from dataclasses import replace

import numpy as np
import pytest

from engines.introspect.flags import diagnose, diagnose_run
from engines.training.flow import Flow

HEALTHY = Flow(
    ("a", "b", "c", "d", "e"),
    **{name: np.full(5, value) for name, value in {
        "size": 10.0, "mean": 1e-4, "largest": 1e-2, "norm": 0.1, "weight": 1.0, "update": 1e-3, "dead": 0.0,
        "broken": 0,
    }.items()},
)  # fmt: skip


def sick(name: str, value: float, layer: int = 1) -> Flow:
    values = getattr(HEALTHY, name).copy()
    values[layer] = value
    return replace(HEALTHY, **{name: values})


@pytest.mark.parametrize(
    ("kind", "name", "just_well", "just_ill"),
    [
        ("vanishing", "mean", 1.01e-10, 0.99e-10),
        ("exploding", "norm", 99.9, 100.1),
        ("dead", "dead", 0.49, 0.5),
        ("non-finite", "broken", 0, 1),
    ],
)
def test_each_threshold_names_its_layer_and_nothing_else(
    kind: str, name: str, just_well: float, just_ill: float
) -> None:
    assert diagnose(sick(name, just_well)) == []
    [flag] = diagnose(sick(name, just_ill))
    assert (flag.kind, flag.layers) == (kind, ("b",))
    assert flag.text.startswith(f"**{kind.capitalize()}**: `b` has ")


def test_a_dead_layer_is_not_vanishing_too_and_the_worst_comes_first() -> None:
    flow = replace(sick("mean", 0.0), dead=np.array([0, 1, 0, 0, 0.0]), broken=np.array([0, 0, 0, 7, 0]))
    assert [flag.kind for flag in diagnose(flow)] == ["non-finite", "dead"]


def test_many_layers_are_counted_and_three_are_named() -> None:
    [flag] = diagnose(replace(HEALTHY, norm=np.array([1e3, 1e3, 1e3, 1e3, 1.0])))
    assert "4 of 5 layers (`a`, `b`, `c`, …) have a gradient norm above 100" in flag.text
    [flag] = diagnose(replace(HEALTHY, norm=np.full(5, 1e3)))
    assert "all layers have" in flag.text


def test_a_run_may_start_without_gradients_but_not_stay_so() -> None:
    still, gone = sick("dead", 1.0), sick("mean", 1e-12)
    assert diagnose_run([still]) == []
    assert diagnose_run([still, still, HEALTHY, HEALTHY]) == []
    assert [flag.kind for flag in diagnose_run([HEALTHY, HEALTHY, still, still])] == ["dead"]
    assert [flag.kind for flag in diagnose_run([HEALTHY, HEALTHY, gone, gone])] == ["vanishing"]


def test_one_explosion_is_enough_for_a_run() -> None:
    assert [flag.kind for flag in diagnose_run([sick("norm", 1e5), *[HEALTHY] * 9])] == ["exploding"]
    assert [flag.kind for flag in diagnose_run([sick("broken", 3), *[HEALTHY] * 9])] == ["non-finite"]
    nothing = replace(sick("broken", 3), mean=np.zeros(5), dead=np.zeros(5))
    assert [flag.kind for flag in diagnose_run([HEALTHY, nothing, nothing])] == ["non-finite"]
    with pytest.raises(ValueError, match="no step"):
        diagnose_run([])
