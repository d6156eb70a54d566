"""R1, path length and lazy rates against closed forms."""

import math

import pytest
import torch

from engines.models.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from engines.models.stylegan2_discriminator import StyleGAN2Discriminator
from engines.training.regularise import PathLength, lazy, r1_penalty

TINY = StyleGAN2Config(image_size=16, z_dim=8, w_dim=8, channel_base=128, channel_max=8)


def test_r1_of_a_linear_discriminator_is_the_square_of_its_weights() -> None:
    weights = torch.randn(3, 4, 4, requires_grad=True)
    images = torch.randn(5, 3, 4, 4, requires_grad=True)
    penalty = r1_penalty((images * weights).sum((1, 2, 3)), images)
    torch.testing.assert_close(penalty, weights.square().sum().expand(5))
    (gradient,) = torch.autograd.grad(penalty.mean(), weights)
    torch.testing.assert_close(gradient, 2 * weights)


def test_r1_of_a_quadratic_discriminator_differs_from_picture_to_picture() -> None:
    images = torch.randn(5, 3, 4, 4, requires_grad=True)
    penalty = r1_penalty(images.square().sum((1, 2, 3)) / 2, images)
    torch.testing.assert_close(penalty, images.square().sum((1, 2, 3)))


def test_r1_agrees_with_finite_differences_on_the_real_discriminator() -> None:
    """The slope along the gradient's own direction is the gradient's length."""
    torch.manual_seed(0)
    judge = StyleGAN2Discriminator(TINY)
    images = torch.randn(4, 3, 16, 16, requires_grad=True)
    logits = judge(images)
    penalty = r1_penalty(logits, images)
    (gradient,) = torch.autograd.grad(logits.sum(), images)
    step = 0.01 * gradient / gradient.norm()
    with torch.no_grad():
        slope = (judge(images + step).sum() - judge(images - step).sum()) / 0.02
    assert slope.item() == pytest.approx(penalty.sum().sqrt().item(), rel=0.02)


def test_every_weight_of_the_discriminator_feels_r1() -> None:
    torch.manual_seed(0)
    judge = StyleGAN2Discriminator(TINY)
    images = torch.randn(4, 3, 16, 16, requires_grad=True)
    r1_penalty(judge(images), images).mean().backward()
    weights = [p for name, p in judge.named_parameters() if name.endswith("weight")]
    assert all(p.grad is not None and torch.isfinite(p.grad).all() and p.grad.any() for p in weights)


def test_path_length_of_a_linear_synthesis() -> None:
    """For pictures Aw the gradient is Aᵀy / √(HW), whatever w; its length is the root of the layers' mean square."""
    length = PathLength()
    w = torch.randn(2, 3, 5, requires_grad=True)
    matrix = torch.randn(16, 3, 5)
    images = torch.einsum("blk,plk->bp", w, matrix).view(2, 1, 4, 4)
    y = torch.randn(2, 1, 4, 4)
    gradient = torch.einsum("bp,plk->blk", y.flatten(1), matrix) / 4
    lengths = gradient.square().sum(2).mean(1).sqrt()
    mean = 0.01 * lengths.mean()
    torch.testing.assert_close(length(images, w, y), (lengths - mean).square())
    torch.testing.assert_close(length.mean, mean)


def test_the_mean_length_moves_by_one_percent_and_is_saved() -> None:
    length = PathLength()
    w = torch.ones(1, 1, 1, requires_grad=True)
    y = torch.ones(1, 1, 2, 2)
    for expected in (0.02, 0.99 * 0.02 + 0.02):
        length(w.view(1, 1, 1, 1) * torch.ones(1, 1, 2, 2), w, y)  # length Σy / √4 = 2
        assert length.mean.item() == pytest.approx(expected)
    other = PathLength()
    other.load_state_dict(length.state_dict())
    assert other.mean == length.mean


def test_path_length_reaches_the_generator_in_two_derivatives() -> None:
    torch.manual_seed(0)
    net = StyleGAN2Generator(TINY)
    w = net.mapping(torch.randn(4, 8))
    images = net.synthesis(w)
    PathLength()(images, w, torch.randn_like(images)).mean().backward()
    for name, p in net.named_parameters():
        if name.endswith("weight"):
            assert p.grad is not None, name
            assert torch.isfinite(p.grad).all(), name
            assert p.grad.any(), name


def test_lazy_rates() -> None:
    rate, (beta1, beta2) = lazy(0.0025, (0.5, 0.99), 16)
    assert rate == pytest.approx(0.0025 * 16 / 17)
    assert beta1 == pytest.approx(0.5 ** (16 / 17))
    assert beta2 == pytest.approx(math.exp(math.log(0.99) * 16 / 17))
    assert lazy(0.0025, (0.0, 0.99), 0) == (0.0025, (0.0, 0.99))
    assert lazy(0.0025, (0.0, 0.99), 4)[1][0] == 0
    with pytest.raises(ValueError, match="every is -1"):
        lazy(0.0025, (0.0, 0.99), -1)


def test_lazy_betas_forget_as_much_in_a_round_of_steps_as_before() -> None:
    _, (_, beta2) = lazy(1.0, (0.0, 0.99), 4)
    assert beta2**5 == pytest.approx(0.99**4)
