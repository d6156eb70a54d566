"""Hooks that hear one thread and leave no trace."""

import threading

import pytest
import torch
from torch import nn

from engines.introspect.capture import edit, edit_inputs, record, record_inputs


def net() -> nn.Module:
    first, second = nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False)
    first.weight.data = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    second.weight.data = torch.tensor([[10.0, 1.0]])
    return nn.Sequential(first, nn.ReLU(), second)


X = torch.tensor([[1.0, -1.0]])  # the first layer makes (−1, −1) of it, the last 0


def hooks(module: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules())


def test_what_passes_is_recorded_call_by_call() -> None:
    model = net()
    with record(model, ["0", "2"]) as out, record_inputs(model, ["2"]) as into:
        model(X)
        model(-X)
    assert [x.tolist() for x in out["0"]] == [[[-1, -1]], [[1, 1]]]
    assert [x.tolist() for x in out["2"]] == [[[0]], [[11]]]
    assert [x.tolist() for x in into["2"]] == [[[0, 0]], [[1, 1]]]
    assert hooks(model) == 0


def test_edits_change_what_follows_and_end_with_the_block() -> None:
    model = net()
    with edit(model, {"0": lambda x: -x}):
        assert model(X).item() == 11
    with edit_inputs(model, {"2": lambda x: x + 1}):
        assert model(X).item() == 11
    assert model(X).item() == 0
    assert hooks(model) == 0


def test_no_hook_outlives_an_error() -> None:
    model = net()
    with pytest.raises(RuntimeError), record(model, ["0"]), edit(model, {"1": lambda x: x}):
        model(torch.zeros(1, 3))
    assert hooks(model) == 0


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(LookupError, match="no module 'nose'; it has: 0, 1, 2"), record(net(), ["nose"]):
        pass


def test_two_people_look_at_once_and_hear_only_themselves() -> None:
    model, together, heard = net(), threading.Barrier(2), {}

    def look(name: str, scale: float) -> None:
        with record(model, ["0"]) as out, edit(model, {"1": lambda x: x + scale}):
            together.wait()
            heard[name] = [model(scale * X).item() for _ in range(50)], [x.tolist() for x in out["0"]]
            together.wait()

    people = [threading.Thread(target=look, args=("a", 1.0)), threading.Thread(target=look, args=("b", 2.0))]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert heard["a"] == ([11.0] * 50, [[[-1, -1]]] * 50)
    assert heard["b"] == ([22.0] * 50, [[[-2, -2]]] * 50)
    assert hooks(model) == 0
