"""The losses of both sides, computed by hand."""

import math

import pytest
import torch

from engines.training.losses import (
    apart,
    cross_entropy,
    hinge,
    logistic,
    non_saturating,
    raise_logits,
    taken_for_real,
    too_close,
)

REAL, FAKE = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 1.0])


def test_hinge() -> None:
    assert float(hinge(REAL, FAKE)) == pytest.approx((0 + 0.5) / 2 + (0 + 2) / 2)
    assert float(raise_logits(FAKE)) == pytest.approx(1)


def test_logistic() -> None:
    soft = [math.log1p(math.exp(x)) for x in (-2, -0.5, -3, 1)]
    assert float(logistic(REAL, FAKE)) == pytest.approx((soft[0] + soft[1]) / 2 + (soft[2] + soft[3]) / 2)
    assert float(non_saturating(FAKE)) == pytest.approx((math.log1p(math.exp(3)) + math.log1p(math.exp(-1))) / 2)


def test_probabilities_give_the_logistic_loss_until_a_sigmoid_saturates() -> None:
    torch.testing.assert_close(cross_entropy(REAL.sigmoid(), FAKE.sigmoid()), logistic(REAL, FAKE))
    torch.testing.assert_close(taken_for_real(FAKE.sigmoid()), non_saturating(FAKE))
    sure = torch.tensor([-200.0], requires_grad=True)
    assert float(torch.autograd.grad(taken_for_real(sure.sigmoid()), sure)[0]) == 0  # nothing left to learn from
    assert float(torch.autograd.grad(non_saturating(sure), sure)[0]) == -1


def test_what_is_more_alike_than_real_pictures_is_counted_and_nothing_more() -> None:
    maps = [torch.tensor([[0.0, 0.0], [2.0, 4.0], [1.0, 1.0]]), torch.zeros(3, 5)]
    assert apart(maps).tolist() == pytest.approx([(3 + 2 + 1) / 3, 0])
    assert float(too_close(torch.tensor([1.0, 4.0]), torch.tensor([2.0, 2.0]))) == pytest.approx((0.5 + 0) / 2)
