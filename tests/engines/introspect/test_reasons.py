"""StyleGAN2's changes in numbers: weights of norm 1, shares that add up, noise that style does not touch."""

import numpy as np
import pytest
import torch

from engines.introspect.reasons import norms, r1_cost, sizes
from engines.introspect.space import Space
from engines.models.gan import StyleGAN


def test_demodulated_weights_have_norm_one_whatever_the_style(tiny_gan: StyleGAN) -> None:
    found = norms(Space(tiny_gan), [0, 1, 2, 3])
    assert found.layers == ("4 px", "8 px up", "8 px", "16 px up", "16 px")
    assert found.weight == pytest.approx(np.ones(5), abs=1e-4)
    assert (found.strength > 0).all()
    assert found.n == 4


def test_one_picture_over_and_over_varies_by_nothing(tiny_gan: StyleGAN) -> None:
    found = norms(Space(tiny_gan), [5, 5, 5])
    for values in (found.strength, found.noise_outside, found.noise_inside):
        assert values == pytest.approx(np.zeros(5), abs=1e-5)


def test_strength_at_the_first_layer_by_hand(tiny_gan: StyleGAN) -> None:
    """At 4 px the constant is convolved with each picture's own normalised weights."""
    space, seeds = Space(tiny_gan), [1, 2, 3]
    conv, const = tiny_gan.generator.synthesis.blocks["4"].conv, tiny_gan.generator.synthesis.const
    strengths = []
    for w in space.latents(seeds)[:, 0]:
        weight = conv.weight * conv.affine(w[None])[0][None, :, None, None]
        weight = weight / weight.flatten(1).norm(dim=1)[:, None, None, None]
        strengths.append(torch.nn.functional.conv2d(const[None], weight, padding=1)[0].std((1, 2)))
    strengths = torch.stack(strengths)
    expected = float((strengths.std(0) / strengths.mean(0)).mean())
    assert norms(space, seeds).strength[0] == pytest.approx(expected, rel=1e-4)


def test_the_sizes_add_up_to_the_picture(tiny_gan: StyleGAN) -> None:
    space = Space(tiny_gan)
    found = sizes(space, 3)
    whole = space.pictures(space.latents([3]))[0].permute(1, 2, 0).numpy()
    assert found.sizes == (4, 8, 16)
    assert np.allclose(found.pictures[-1], whole, atol=1e-5)
    assert (found.pictures[0].reshape(4, 4, 4, 4, 3).std((1, 3)) < 1e-6).all()  # blocks of 4 × 4 pixels
    assert found.share.sum() == pytest.approx(1)


def test_r1_costs_time_and_leaves_the_model_alone(tiny_gan: StyleGAN) -> None:
    cost = r1_cost(Space(tiny_gan), repeats=1)
    assert cost.update > 0
    assert cost.r1 > 0
    assert all(p.grad is None for p in tiny_gan.parameters())
