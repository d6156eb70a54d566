"""Modulated convolution against the paper's grouped form, resampling by hand, and variances at the start."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engines.models.modulated import EqualConv2d, EqualLinear, Resample, StyledConv, ToRGB, binomial, leaky


def grouped(conv: StyledConv, x: Tensor, w: Tensor) -> Tensor:
    """The layer as the paper writes it: each picture has weights of its own, w'' = s·w / √(Σ(s·w)² + ε)."""
    b, i, h, _ = x.shape
    style = conv.affine(w)
    own = conv.weight[None] * style[:, None, :, None, None]  # (B, O, I, 3, 3)
    own = own / (own.square().sum((2, 3, 4), keepdim=True) + 1e-8).sqrt()
    o = own.shape[1]
    if conv.resample is None:
        y = F.conv2d(x.reshape(1, b * i, h, h), own.flatten(0, 1), padding=1, groups=b).view(b, o, h, h)
    else:
        y = F.conv_transpose2d(x.reshape(1, b * i, h, h), own.transpose(1, 2).flatten(0, 1), stride=2, groups=b)
        taps = 4 * binomial().to(y).expand(b * o, 1, 4, 4)
        y = F.conv2d(y, taps, padding=1, groups=b * o).view(b, o, 2 * h, 2 * h)
    return leaky(y + conv.bias[:, None, None])


@pytest.mark.parametrize("up", [False, True])
def test_scaling_activations_equals_the_grouped_form_with_its_gradients(up: bool) -> None:
    torch.manual_seed(0)
    conv = StyledConv(6, 5, 8, 16 if up else 8, noisy=False, up=up).double()
    conv.affine.float()  # linear layers always work in float32
    torch.nn.init.normal_(conv.bias)
    x = torch.randn(3, 6, 8, 8, dtype=torch.float64, requires_grad=True)
    w = torch.randn(3, 8, requires_grad=True)
    inputs = (x, w, conv.weight, conv.bias, conv.affine.weight)
    ours, paper = conv(x, w, None), grouped(conv, x, w)
    torch.testing.assert_close(ours, paper, rtol=1e-5, atol=1e-5)
    direction = torch.randn_like(ours)
    for mine, theirs in zip(
        torch.autograd.grad((ours * direction).sum(), inputs),
        torch.autograd.grad((paper * direction).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)


def test_demodulation_undoes_the_size_of_a_style() -> None:
    torch.manual_seed(0)
    conv = StyledConv(32, 16, 4, 8, noisy=False)
    with torch.no_grad():
        conv.affine.bias.mul_(1000)
        conv.affine.weight.mul_(1000)
    x, w = torch.randn(4, 32, 8, 8), torch.randn(4, 4)
    large = conv(x, w, None)
    with torch.no_grad():
        conv.affine.bias.div_(1000)
        conv.affine.weight.div_(1000)
    torch.testing.assert_close(large, conv(x, w, None), rtol=1e-4, atol=1e-4)


def test_noise_enters_by_its_strength_which_begins_at_zero() -> None:
    conv = StyledConv(4, 4, 4, 8, noisy=True)
    x, w, noise = torch.randn(2, 4, 8, 8), torch.randn(2, 4), torch.randn(2, 1, 8, 8)
    torch.testing.assert_close(conv(x, w, noise), conv(x, w, None))
    with torch.no_grad():
        conv.noise_strength.fill_(0.5)
        conv.bias.fill_(100)  # far on the linear side of the leaky ReLU
    added = (conv(x, w, noise) - conv(x, w, None)) / 2**0.5
    torch.testing.assert_close(added, 0.5 * noise.expand_as(added), atol=1e-4, rtol=0)


def test_resampling_by_hand() -> None:
    row = np.array([1.0, 5.0, 2.0, 8.0])
    x = torch.from_numpy(np.outer(np.ones(4), row)).float()[None, None]
    inside = Resample().up(x)[0, 0, 4].numpy()
    # between two pixels the filter takes 3/4 of the nearer and 1/4 of the farther; beyond the border it sees 0
    expected = [0.75, 0.75 + 1.25, 0.25 + 3.75, 3.75 + 0.5, 1.25 + 1.5, 1.5 + 2, 0.5 + 6, 6]
    np.testing.assert_allclose(inside, expected, atol=1e-6)
    down = Resample().down(x)[0, 0, 0].numpy()
    rows = (3 + 3 + 1) / 8  # the first of the four taps lies above the border
    np.testing.assert_allclose(down, rows * np.array([(3 + 15 + 2) / 8, (5 + 6 + 24) / 8]), atol=1e-6)
    assert Resample().blur(x, padding=2).shape == (1, 1, 5, 5)


@pytest.mark.parametrize("rate", [1.0, 0.01])
def test_an_equalised_linear_layer_gives_unit_variance_at_any_rate(rate: float) -> None:
    torch.manual_seed(0)
    layer = EqualLinear(512, 256, rate=rate)
    assert layer(torch.randn(256, 512)).std().item() == pytest.approx(1, abs=0.02)
    assert layer.weight.std().item() == pytest.approx(1 / rate, rel=0.02)


def test_the_mapping_rate_slows_the_output_by_its_square() -> None:
    """One step of Adam moves every weight by the learning rate, so what matters is how much the output then moves."""
    moves = []
    for rate in (1.0, 0.01):
        torch.manual_seed(0)
        layer, x = EqualLinear(64, 64, rate=rate), torch.randn(16, 64)
        before = layer(x)
        with torch.no_grad():
            layer.weight.add_(0.1)
        moves.append((layer(x) - before).norm().item())
    assert moves[1] / moves[0] == pytest.approx(0.01, rel=1e-3)


def test_convolutions_give_unit_mean_square_at_the_start() -> None:
    torch.manual_seed(0)
    x = torch.randn(8, 64, 32, 32)
    inner = (slice(None), slice(None), slice(4, -4), slice(4, -4))  # away from the zeros beyond the border
    assert EqualConv2d(64, 96, 3)(x)[inner].square().mean().item() == pytest.approx(1.04, abs=0.05)
    assert EqualConv2d(64, 96, 1, bias=False)(x).std().item() == pytest.approx(1, abs=0.03)
    styled = StyledConv(64, 96, 16, 32, noisy=False)(x, torch.randn(8, 16), None)
    assert styled[inner].square().mean().item() == pytest.approx(1.04, abs=0.05)
    colours = ToRGB(64, 256, 16)(x, torch.zeros(8, 16))
    assert colours.std().item() == pytest.approx(0.1, abs=0.003)  # pictures start near grey


def test_the_modulation_is_computed_in_float32_under_autocast() -> None:
    torch.manual_seed(0)
    conv, x, w = StyledConv(16, 16, 8, 8, noisy=False), torch.randn(2, 16, 8, 8), torch.randn(2, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert conv.affine(w).dtype == torch.float32
        half = conv(x, w, None)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), conv(x, w, None), rtol=0.05, atol=0.05)
