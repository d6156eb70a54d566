"""Gradients of a finished model: the same as training's own, and the model stays as it was."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from engines import checkpoints
from engines.checkpoints import Model
from engines.diffusion.model import DDPM
from engines.introspect.capture import record
from engines.introspect.gradients import differentiable, first_update, level_flows, level_times, step_flow
from engines.noise import generator
from engines.training.config import TrainConfig
from engines.training.flow import Flow, Layers
from engines.training.objectives import DiffusionObjective, min_snr_weight

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), np.uint8)
LABELS = np.array([0, 1, 1, 2])
FIELDS = ("mean", "largest", "norm", "weight", "update", "dead")


@pytest.fixture
def model(home: object) -> Model:
    return checkpoints.load("tiny")


def same(one: Flow, other: Flow, rtol: float = 1e-4) -> None:
    for name in FIELDS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("gamma", [5.0, None])
def test_one_step_has_the_loss_and_gradients_of_training(model: Model, gamma: float | None) -> None:
    looked = step_flow(model.net, IMAGES, LABELS, 3, gamma, 1e-3)
    copied = DDPM(model.net.config)
    copied.load_state_dict(model.net.state_dict())
    config = TrainConfig(precision="fp32", min_snr_gamma=gamma)
    objective = DiffusionObjective(copied, config, torch.device("cpu"))
    copied.eval()
    images = torch.from_numpy(IMAGES.transpose(0, 3, 1, 2).copy()).float() / 127.5 - 1
    loss = objective.loss(images, torch.from_numpy(LABELS), generator(3))
    loss.backward()
    trained = Layers(copied).measure([p.grad for p in Layers(copied).parameters])
    assert looked.loss == pytest.approx(float(loss.detach()), rel=1e-5)
    for name in ("mean", "largest", "norm", "weight"):
        np.testing.assert_allclose(getattr(looked.flow, name), getattr(trained, name), rtol=1e-3, atol=1e-8)
    assert looked.t.shape == (4,)


def test_the_first_update_is_adamws(model: Model) -> None:
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    net(torch.ones(1, 3)).square().sum().backward()
    net.bias.grad[0] = 1e-8  # as large as ε: half a step
    gradients, before = [p.grad.clone() for p in net.parameters()], [p.detach().clone() for p in net.parameters()]
    torch.optim.AdamW(net.parameters(), 0.01, betas=(0.9, 0.99), weight_decay=0.1).step()
    for after, was, update in zip(net.parameters(), before, first_update(before, gradients, 0.01, 0.1), strict=True):
        torch.testing.assert_close(after.detach() - was, update, rtol=1e-3, atol=1e-7)


def test_a_level_with_its_weight_is_a_step_with_that_weight(model: Model) -> None:
    """What lets one measurement serve min-SNR on and off: the gradient of w · loss is w times the gradient."""
    t = 70
    [level] = level_flows(model.net, IMAGES, LABELS, 3, [t], gamma=5.0)
    net, weight = differentiable(model.net), min_snr_weight(model.net.schedule, torch.tensor([t]), "v", 5.0)
    assert level.weight == pytest.approx(float(weight))
    x0 = torch.from_numpy(IMAGES.transpose(0, 3, 1, 2).copy()).float() / 127.5 - 1
    eps = torch.stack([torch.randn(3, 16, 16, generator=generator(seed)) for seed in range(3, 7)])
    schedule, steps = net.schedule, torch.full((4,), t)
    output = net(schedule.q_sample(x0, steps, eps), steps, torch.from_numpy(LABELS))
    loss = weight * (output - schedule.velocity(x0, steps, eps)).square().mean()
    gradients = torch.autograd.grad(loss, list(net.parameters()), allow_unused=True)
    total = torch.stack([g.square().sum() for g in gradients if g is not None]).sum().sqrt()
    assert level.weighted().flow.total == pytest.approx(float(total), rel=1e-4)
    assert level.weighted().loss == pytest.approx(float(loss.detach()), rel=1e-5)
    assert level.weighted().flow.dead.tolist() == level.flow.dead.tolist()


def test_levels_are_spread_over_the_schedule_and_checked(model: Model) -> None:
    assert level_times(model.net.schedule, 4) == [12, 37, 62, 87]
    assert level_times(model.net.schedule, 1000) == list(range(100))
    with pytest.raises(ValueError, match="Step 100 of a model with 100 steps"):
        next(level_flows(model.net, IMAGES, None, 0, [100]))


def test_looking_leaves_no_trace(model: Model) -> None:
    before = {name: value.clone() for name, value in model.net.state_dict().items()}
    with record(model.net, ["net.stem"]) as heard:
        step_flow(model.net, IMAGES, LABELS, 0, 5.0, 1e-3)
        list(level_flows(model.net, IMAGES, LABELS, 0, [10, 50]))
    assert heard["net.stem"] == []  # nor does it pass through anybody's hooks
    assert all(torch.equal(value, before[name]) for name, value in model.net.state_dict().items())
    assert not any(p.requires_grad or p.grad is not None for p in model.net.parameters())
    assert not any(module.training for module in model.net.modules())
    assert all(a is b for a, b in zip(model.net.modules(), checkpoints.load("tiny").net.modules(), strict=True))


def test_the_copy_shares_the_memory_of_the_weights(model: Model) -> None:
    copied = differentiable(model.net)
    pairs = list(zip(copied.parameters(), model.net.parameters(), strict=True))
    assert all(mine.data_ptr() == shared.data_ptr() and mine.requires_grad for mine, shared in pairs)
    assert not {id(m) for m in copied.modules()} & {id(m) for m in model.net.modules()}


def test_two_people_looking_at_once_see_what_each_sees_alone(model: Model) -> None:
    def look(seed: int) -> Flow:
        return step_flow(model.net, IMAGES, LABELS, seed, 5.0, 1e-3).flow

    alone, together, found = {seed: look(seed) for seed in (1, 2)}, threading.Barrier(2), {}

    def looks(seed: int) -> None:
        together.wait()
        found[seed] = [look(seed) for _ in range(8)]

    people = [threading.Thread(target=looks, args=(seed,)) for seed in (1, 2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    for seed, flows in found.items():
        for flow in flows:
            same(flow, alone[seed], rtol=1e-3)
    assert not np.allclose(alone[1].norm, alone[2].norm, rtol=1e-2)
