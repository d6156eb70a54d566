"""Gradient flow against numbers computed by hand, and what a run logs of it."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engines import runs
from engines.training.config import TrainConfig
from engines.training.flow import Layers, Watch, from_plain, plain
from engines.training.flow_log import FILE, read_flows
from engines.training.log import read
from engines.training.optimise import Optimiser

UNET = {"image_size": 16, "model_channels": 16, "multipliers": [1, 2], "attention": [], "heads": 2}
TINY = TrainConfig(
    model={"unet": UNET}, images=80, batch_size=8, log_images=8, sample_images=10**9, validate_images=10**9,
    score_images=10**9, warmup_images=16, device="cpu", precision="fp32", gradients_every=3,
)  # fmt: skip


def two_layers() -> nn.Sequential:
    """y = b₂ + w₂ · (W₁ x + b₁) with numbers that are easy to differentiate by hand."""
    first, second = nn.Linear(2, 2), nn.Linear(2, 1)
    first.weight.data, first.bias.data = torch.tensor([[1.0, 2.0], [0.0, 2.0]]), torch.tensor([0.0, 0.0])
    second.weight.data, second.bias.data = torch.tensor([[3.0, 0.0]]), torch.tensor([4.0])
    return nn.Sequential(first, nn.Identity(), second)


def gradients(net: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    return list(torch.autograd.grad(net(x).sum(), Layers(net).parameters))


def test_every_number_of_a_layer_is_the_one_computed_by_hand() -> None:
    """At x = (1, −1): dy/dW₁ = [[3, −3], [0, 0]], dy/db₁ = (3, 0), dy/dw₂ = (−1, −2), dy/db₂ = 1."""
    net = two_layers()
    flow = Layers(net).measure(gradients(net, torch.tensor([[1.0, -1.0]])))
    assert flow.layers == ("0", "2")
    assert flow.size.tolist() == [6, 3]
    assert flow.mean.tolist() == pytest.approx([9 / 6, 4 / 3])
    assert flow.largest.tolist() == pytest.approx([3, 2])
    assert flow.norm.tolist() == pytest.approx([math.sqrt(27), math.sqrt(6)])
    assert flow.weight.tolist() == pytest.approx([3, 5])
    assert flow.dead.tolist() == pytest.approx([0.5, 0])
    assert flow.broken.tolist() == [0, 0]
    assert flow.gradient_ratio.tolist() == pytest.approx([math.sqrt(27) / 3, math.sqrt(6) / 5])
    assert flow.total == pytest.approx(math.sqrt(33))


def test_numbers_that_are_not_finite_are_counted_and_left_out_and_squares_do_not_overflow() -> None:
    net = nn.Linear(2, 2, bias=False)
    flow = Layers(net).measure([torch.tensor([[math.nan, math.inf], [3.0, -4.0]])])
    assert (flow.broken.tolist(), flow.norm.tolist(), flow.largest.tolist()) == ([2], [5.0], [4.0])
    huge = Layers(net).measure([torch.tensor([[3e30, 4e30], [0.0, 0.0]])])
    assert (huge.broken.tolist(), huge.norm[0]) == ([0], pytest.approx(5e30))


def test_rows_of_a_table_that_nobody_asked_for_are_not_dead() -> None:
    table = nn.Embedding(4, 2)
    flow = Layers(table).measure(list(torch.autograd.grad(table(torch.tensor([1, 2]))[:, 0].sum(), table.weight)))
    assert flow.dead.tolist() == [0.5]  # two rows were asked for, and half of each does not matter
    assert Layers(table).measure([None]).dead.tolist() == [1.0]


def test_the_update_is_what_the_optimiser_really_changed() -> None:
    net = two_layers()
    optimiser = Optimiser(net, TrainConfig(learning_rate=0.1, weight_decay=0.0, clip=1e9))
    optimiser.watch = Watch(net)
    before = [p.detach().clone() for p in net.parameters()]
    net(torch.tensor([[1.0, -1.0]])).sum().backward()
    optimiser.step(0.5)
    flow = optimiser.watch.taken()
    moved = [float((p.detach() - q).norm()) for p, q in zip(net.parameters(), before, strict=True)]
    assert flow.update.tolist() == pytest.approx([math.hypot(*moved[:2]), math.hypot(*moved[2:])])
    assert flow.update.tolist() == pytest.approx([0.05 * math.sqrt(3), 0.05 * math.sqrt(3)], rel=1e-4)  # Adam's first
    assert flow.norm.tolist() == pytest.approx([math.sqrt(27), math.sqrt(6)])  # before clipping
    assert optimiser.watch.taken() is None


def test_clipping_and_a_step_that_is_not_finite_are_seen_as_they_are() -> None:
    net = two_layers()
    optimiser = Optimiser(net, TrainConfig(clip=0.01))
    optimiser.watch = Watch(net)
    net(torch.tensor([[1.0, -1.0]])).sum().backward()
    assert optimiser.step(1.0) == pytest.approx(optimiser.watch.taken().total)
    (net(torch.tensor([[1.0, -1.0]])).sum() * math.nan).backward()
    optimiser.step(1.0)
    flow = optimiser.watch.taken()
    assert flow.broken.sum() == 9
    assert flow.update.tolist() == [0, 0]  # it was skipped


def test_a_flow_comes_back_from_json() -> None:
    net = two_layers()
    flow = Layers(net).measure(gradients(net, torch.tensor([[1.0, -1.0]])))
    back = from_plain(flow.layers, plain(flow))
    np.testing.assert_allclose(back.norm, flow.norm, rtol=1e-3)
    assert back.dead.tolist() == flow.dead.tolist()


def test_a_run_logs_every_kth_step_and_says_what_that_costs(tmp_path: Path) -> None:
    list(runs.start(TINY, tmp_path))
    [history] = read_flows(tmp_path)
    assert history.steps.tolist() == [1, 4, 7, 10]
    assert history.images.tolist() == [8, 32, 56, 80]
    assert "net.stem" in history.flows[0].layers
    lines = {line["step"]: line for line in read(tmp_path) if line["kind"] == "train"}
    for step, flow in zip(history.steps, history.flows, strict=True):
        assert flow.total == pytest.approx(lines[step]["grad_norm"], rel=1e-2)
    assert all(0 < line["gradient_cost"] < 1 for line in lines.values())
    first = dict(zip(history.flows[0].layers, history.flows[0].norm, strict=True))
    assert first["net.stem"] == 0 < first["net.head.2"]  # the last layer starts at zero and lets nothing through


def test_a_resumed_run_logs_what_an_uninterrupted_one_does(tmp_path: Path) -> None:
    list(runs.start(TINY, tmp_path / "whole"))
    events = runs.start(TINY, tmp_path / "parts")
    next(event for event in events if event.images >= 40)
    events.close()
    path = tmp_path / "parts" / FILE
    path.write_text(path.read_text() + '{"net": "", "step": 6, "images": 48}\n{"net": "", "st')  # then it crashed
    list(runs.resume(tmp_path / "parts"))
    [whole], [parts] = read_flows(tmp_path / "whole"), read_flows(tmp_path / "parts")
    assert parts.steps.tolist() == whole.steps.tolist()
    np.testing.assert_array_equal(parts.stack("norm"), whole.stack("norm"))


def test_a_run_that_is_not_to_look_leaves_no_file_and_learns_the_same(tmp_path: Path) -> None:
    list(runs.start(TINY, tmp_path / "looking"))
    list(runs.start(replace(TINY, gradients_every=0), tmp_path / "blind"))
    assert read_flows(tmp_path / "blind") == []
    assert not (tmp_path / "blind" / FILE).exists()
    losses = [
        [line["loss"] for line in read(tmp_path / name) if line["kind"] == "train"] for name in ("looking", "blind")
    ]
    assert losses[0] == losses[1]
    with pytest.raises(ValueError, match="gradients_every is -1"):
        replace(TINY, gradients_every=-1)
