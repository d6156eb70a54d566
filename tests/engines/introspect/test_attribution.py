"""Attributions against numbers worked out by hand on linear and tiny nets; nothing of the look stays behind."""

import threading
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
import torch
from captum import attr
from torch import Tensor, nn

from engines.introspect.attribution import Attribution, attribute, baseline, private
from engines.introspect.methods import (
    METHODS,
    Activation,
    GradCam,
    IntegratedGradients,
    Method,
    Occlusion,
    Saliency,
)
from engines.introspect.targets import Target, layers, middle


class Linear(nn.Module):
    """The sum of weights times pixels, and 3."""

    def __init__(self, size: int = 6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, size, size, generator=torch.Generator().manual_seed(0)))

    def score(self, x: Tensor) -> Tensor:
        return (self.weight * x).sum((1, 2, 3)) + 3


class Tiny(nn.Module):
    """Two channels, made by hand: the picture's mean over colours, and minus it; then the mean of ReLU × (1, 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1, bias=False)
        self.conv.weight.data = torch.tensor([1 / 3, -1 / 3]).view(2, 1, 1, 1).expand(2, 3, 1, 1).contiguous()
        self.act = nn.ReLU()

    def score(self, x: Tensor) -> Tensor:
        mean = self.act(self.conv(x)).mean((2, 3))  # (B, 2)
        return mean @ torch.tensor([1.0, 2.0])


class Smooth(nn.Module):
    """A small net with curves."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.body = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.SiLU(), nn.Conv2d(4, 4, 3, 2, padding=1), nn.BatchNorm2d(4), nn.Tanh()
        )

    def score(self, x: Tensor) -> Tensor:
        return self.body(x).pow(2).sum((1, 2, 3))


def target(net: nn.Module) -> Target:
    return Target(net.eval().requires_grad_(False), lambda net, x: net.score(x))


def picture(size: int = 6) -> Tensor:
    return torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(5))


def last(net: nn.Module, x: Tensor, method: Method) -> Attribution:
    *_, end = attribute(target(net), x, method)
    assert end.done == end.total
    return end.result


def test_the_saliency_of_a_linear_map_is_its_weights() -> None:
    net, x = Linear(), picture()
    strength, signed = last(net, x, Saliency()), last(net, x, Saliency(absolute=False))
    np.testing.assert_allclose(strength.values, net.weight.abs().amax(0), rtol=1e-6)
    np.testing.assert_allclose(signed.values, net.weight.sum(0), rtol=1e-5)
    assert (strength.signed, signed.signed) == (False, True)
    assert signed.score == pytest.approx(float((net.weight * x).sum()) + 3, rel=1e-5)


@pytest.mark.parametrize("kind", ["grey", "blurred", "noise"])
def test_integrated_gradients_of_a_linear_map_are_weights_times_the_way(kind: str) -> None:
    net, x = Linear(), picture()
    found = last(net, x, IntegratedGradients(kind, steps=7))
    way = x - baseline(x, kind)
    np.testing.assert_allclose(found.values, (net.weight * way)[0].sum(0), atol=1e-5)
    assert abs(found.error) < 1e-4
    assert found.score - found.reference == pytest.approx(float((net.weight * way).sum()), rel=1e-4)


def test_the_completeness_error_is_what_the_parts_miss_and_shrinks_with_steps() -> None:
    net, x = Smooth(), 3 * picture(8)
    coarse, fine = (last(net, x, IntegratedGradients("grey", steps)) for steps in (2, 64))
    for found in (coarse, fine):
        assert found.error == pytest.approx(found.values.sum() - (found.score - found.reference), abs=1e-3)
    assert abs(fine.error) < 1e-3 * abs(fine.score - fine.reference)
    assert abs(fine.error) < abs(coarse.error) / 10


def test_integrated_gradients_agree_with_the_integral_worked_out_by_hand() -> None:
    """For f = (Σ x²)², the gradient at αx is 4 α³ (Σ x²) x, so pixel i gets x_i² Σ x², a cubic: 2 points are exact."""
    square = Target(nn.Identity(), lambda net, x: x.pow(2).sum((1, 2, 3)) ** 2)
    x = picture(4)
    *_, end = attribute(square, x, IntegratedGradients("grey", steps=2))
    np.testing.assert_allclose(end.result.values, (x[0] ** 2).sum(0) * (x**2).sum(), rtol=1e-4)


@pytest.mark.parametrize(("window", "stride"), [(2, 2), (3, 2), (3, 1), (6, 6), (4, 3)])
def test_occlusion_of_a_linear_map_adds_up_weights_times_what_was_covered(window: int, stride: int) -> None:
    net, x = Linear(), picture()
    contribution = (net.weight * (x - baseline(x, "blurred")))[0].sum(0).detach().numpy()
    total, count = np.zeros((6, 6)), np.zeros((6, 6))
    starts = range(0, 6 - window + stride, stride)
    for top, left in product(starts, starts):
        box = slice(top, top + window), slice(left, left + window)
        total[box] += contribution[box].sum()
        count[box] += 1
    found = last(net, x, Occlusion("blurred", window, stride))
    np.testing.assert_allclose(found.values, total / count, rtol=1e-3, atol=1e-4)


def test_occlusion_in_bands_is_captums_in_one_go() -> None:
    net, x = Smooth(), picture(9)
    whole = attr.Occlusion(target(net)).attribute(x, (3, 4, 4), strides=(3, 3, 3), baselines=0)
    np.testing.assert_allclose(last(net, x, Occlusion("grey", 4, 3)).values, whole[0, 0].detach(), atol=1e-5)


def test_grad_cam_of_two_channels_by_hand() -> None:
    """The score is mean(relu(m)) + 2 mean(relu(−m)) over N pixels: behind the ReLU the gradients are 1/N and 2/N."""
    x = picture()
    mean = x[0].mean(0).numpy()
    up, down = np.maximum(mean, 0), np.maximum(-mean, 0)
    found = last(Tiny(), x, GradCam("act"))
    np.testing.assert_allclose(found.values, (up + 2 * down) / 36, atol=1e-6)
    assert (found.layer, found.signed) == ("act", True)
    # Before the ReLU each gradient counts only where the channel is positive, on average over space.
    before = (np.mean(mean > 0) * mean - 2 * np.mean(mean < 0) * mean) / 36
    np.testing.assert_allclose(last(Tiny(), x, GradCam("conv")).values, before, atol=1e-6)
    positive = last(Tiny(), x, GradCam("conv", positive=True))
    np.testing.assert_allclose(positive.values, np.maximum(before, 0), atol=1e-6)
    assert not positive.signed


def test_the_activation_of_a_layer_is_what_it_says() -> None:
    x = picture()
    mean = x[0].mean(0).numpy()
    np.testing.assert_allclose(last(Tiny(), x, Activation("conv", 1)).values, -mean, atol=1e-6)
    np.testing.assert_allclose(last(Tiny(), x, Activation("act")).values, np.abs(mean) / 2, atol=1e-6)


def test_layers_are_those_that_make_one_map_each() -> None:
    there = layers(target(Smooth()), picture(8))
    assert there == {
        "body.0": (4, 8, 8),
        "body.1": (4, 8, 8),
        "body.2": (4, 4, 4),
        "body.3": (4, 4, 4),
        "body.4": (4, 4, 4),
    }
    assert middle(there) == "body.4"


def test_baselines() -> None:
    x = picture(16) + 2
    assert not baseline(x, "grey").any()
    blurred = baseline(x, "blurred")
    assert blurred.std() < 0.2 * x.std()
    assert blurred.mean() == pytest.approx(x.mean().item(), abs=0.2)
    np.testing.assert_allclose(baseline(torch.ones(1, 3, 8, 8), "blurred"), 1, rtol=1e-5)
    assert torch.equal(baseline(x, "noise", 3), baseline(x, "noise", 3))
    assert not torch.equal(baseline(x, "noise", 3), baseline(x, "noise", 4))


@pytest.mark.parametrize(
    ("method", "word"),
    [
        (IntegratedGradients(steps=1), "steps is 1"),
        (IntegratedGradients("white"), "white"),
        (Occlusion(window=0), "window is 0"),
        (Occlusion(window=4, stride=5), "stride is 5"),
    ],
)
def test_bad_options_are_refused_at_the_call(method: Method, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        attribute(target(Linear()), picture(), method)


def test_a_layer_that_is_not_there_and_a_channel_too_high_are_named() -> None:
    with pytest.raises(LookupError, match=r"conv, act"):
        last(Tiny(), picture(), GradCam("nowhere"))
    with pytest.raises(ValueError, match="channels 0 to 1"):
        last(Tiny(), picture(), Activation("conv", 2))


def state(net: nn.Module) -> list[object]:
    return [
        [(p.requires_grad, p.grad, p.clone().tolist()) for p in net.parameters()],
        [b.clone().tolist() for b in net.buffers()],
        [(m.training, len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for m in net.modules()],
    ]


@pytest.mark.parametrize("method", [kind() for kind in METHODS.values()], ids=list(METHODS))
def test_looking_leaves_no_trace_whether_it_ends_or_is_stopped(method: Method) -> None:
    net, x = Smooth().eval().requires_grad_(False), picture(8)
    before, same = state(net), x.clone()
    steps = attribute(target(net), x, method)
    next(steps)
    assert state(net) == before  # between two steps nothing is held
    steps.close()
    for _ in attribute(target(net), x, method):
        pass
    assert state(net) == before
    assert torch.equal(x, same)
    assert not x.requires_grad


def test_a_private_copy_shares_weights_and_no_hooks() -> None:
    net = Smooth()
    copy = private(net)
    assert [id(p) for p in copy.parameters()] == [id(p) for p in net.parameters()]
    assert [id(b) for b in copy.buffers()] == [id(b) for b in net.buffers()]
    heard = []
    copy.body[0].register_forward_hook(lambda *call: heard.append(1))
    net.score(picture())
    assert heard == []
    assert copy.score(picture()) == net.score(picture())
    assert heard == [1]


@pytest.mark.parametrize(
    "method", [GradCam("body.2"), Activation("body.2"), Saliency(), IntegratedGradients(), Occlusion()]
)
def test_two_people_at_once_do_not_see_each_other(method: Method) -> None:
    """Each time one person's network call is over but not yet used, another runs the same network to its end."""
    shared, mine, yours = Smooth().eval().requires_grad_(False), picture(8), -2 * picture(8)
    alone = list(attribute(target(shared), mine, method))[-1].result.values
    with torch.no_grad():
        expected, seen = shared.score(yours), []

    def score(net: nn.Module, x: Tensor) -> Tensor:
        number = net.score(x)
        other = threading.Thread(target=lambda: seen.append(shared.score(yours)))
        other.start()
        other.join()
        return number

    *_, end = attribute(Target(shared, score), mine, method)
    np.testing.assert_allclose(end.result.values, alone, atol=1e-6)
    assert seen
    assert all(torch.equal(number, expected) and not number.requires_grad for number in seen)


def test_long_methods_come_in_steps() -> None:
    def counts(method: Method) -> Iterator[tuple[int, int]]:
        return [(step.done, step.total) for step in attribute(target(Linear()), picture(), method)]

    assert counts(IntegratedGradients(steps=9)) == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert counts(Occlusion(window=2, stride=2)) == [(0, 3), (1, 3), (2, 3), (3, 3)]
