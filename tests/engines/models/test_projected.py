"""The projected discriminator: what is frozen stays so, and every scale has a say."""

import torch

from engines.models.projected import Head, ProjectedConfig, ProjectedDiscriminator


def test_each_head_ends_in_four_by_four_logits() -> None:
    for size in (4, 8, 16, 32):
        assert Head(6, 8, size)(torch.randn(2, 6, size, size)).shape == (2, 1, 4, 4)


def test_mixing_is_frozen_and_the_same_for_a_seed() -> None:
    one, same, other = (ProjectedDiscriminator(ProjectedConfig(4, 4, seed)) for seed in (0, 0, 1))
    assert {name.split(".")[0] for name, _ in one.named_parameters()} == {"heads"}
    assert torch.equal(one.across_0, same.across_0)
    assert not torch.equal(one.across_0, other.across_0)


def test_coarse_features_reach_all_scales_and_fine_ones_only_theirs() -> None:
    """Mixing runs from coarse to fine, so the picture's details do not blur what the coarse head sees."""
    net = ProjectedDiscriminator(ProjectedConfig(4, 4))
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    before = net.project(x)
    assert [tuple(h.shape[1:]) for h in before] == [(4, s, s) for s in (4, 8, 16, 32)]
    net.across_0.zero_()  # the finest tap
    assert [torch.equal(a, b) for a, b in zip(before, net.project(x), strict=True)] == [True, True, True, False]
    net.across_3.zero_()  # the coarsest
    assert not any(torch.equal(a, b) for a, b in zip(before, net.project(x), strict=True))


def test_logits_are_one_map_per_head_and_gradients_reach_the_picture() -> None:
    net = ProjectedDiscriminator(ProjectedConfig(4, 4)).requires_grad_(False)
    x = torch.zeros(2, 3, 64, 64, requires_grad=True)
    logits = net(x)
    assert logits.shape == (2, 4, 4, 4)
    (gradient,) = torch.autograd.grad(logits[0].sum(), x)
    assert gradient[0].abs().sum() > 0
    assert gradient[1].abs().sum() == 0  # a picture is judged by itself
