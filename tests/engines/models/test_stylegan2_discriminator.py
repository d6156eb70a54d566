"""The discriminator's shape, its minibatch standard deviation by hand, and its classes."""

import pytest
import torch

from engines.models.stylegan2 import StyleGAN2Config
from engines.models.stylegan2_discriminator import DiscriminatorBlock, MinibatchStd, StyleGAN2Discriminator

TINY = {"image_size": 16, "w_dim": 12, "channel_base": 256, "channel_max": 16}


def net(**changes: object) -> StyleGAN2Discriminator:
    torch.manual_seed(0)
    return StyleGAN2Discriminator(StyleGAN2Config(**{**TINY, **changes}))


def test_shape_and_a_finite_gradient_for_every_parameter() -> None:
    made = net()
    y = made(torch.randn(8, 3, 16, 16))
    assert y.shape == (8,)
    y.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() and p.grad.any() for p in made.parameters())


def test_the_minibatch_standard_deviation_by_hand() -> None:
    """Two groups of four: pictures 0, 2, 4, 6 and 1, 3, 5, 7."""
    x = torch.zeros(8, 2, 1, 1)
    x[:, 0, 0, 0] = torch.tensor([0.0, 1, 0, 1, 4, 1, 4, 1])
    x[:, 1, 0, 0] = torch.tensor([0.0, 0, 8, 0, 0, 0, 8, 0])
    added = MinibatchStd()(x)
    assert added.shape == (8, 3, 1, 1)
    torch.testing.assert_close(added[:, :2], x, rtol=0, atol=0)
    spread = torch.tensor([(2 + 4) / 2, 1e-4]).repeat(4)  # the root keeps √1e-8 of nothing
    torch.testing.assert_close(added[:, 2, 0, 0], spread)


@pytest.mark.parametrize(("batch", "group"), [(1, 1), (2, 2), (6, 3), (7, 1), (8, 4), (9, 3)])
def test_a_batch_that_four_does_not_divide_is_split_into_what_does(batch: int, group: int) -> None:
    x = torch.randn(batch, 3, 2, 2)
    std = x.unflatten(0, (group, -1)).var(0, correction=0).add(1e-8).sqrt().mean((1, 2, 3))
    torch.testing.assert_close(MinibatchStd()(x)[:, 3, 0, 0], std.repeat(group))


def test_it_sees_a_batch_of_one_picture_repeated() -> None:
    made = net()
    x = torch.randn(4, 3, 16, 16)
    together, alone = made(x)[0], made(x[:1].expand(4, -1, -1, -1))[0]
    assert abs(together - alone) > 1e-4


def test_a_block_keeps_the_size_of_what_passes() -> None:
    """On flat colours, which the blur leaves alone; noise is what it is there to remove."""
    torch.manual_seed(0)
    y = DiscriminatorBlock(64, 64)(torch.randn(64, 64, 1, 1).expand(-1, -1, 16, 16))
    assert y.shape == (64, 64, 8, 8)
    assert y[:, :, 4, 4].square().mean().item() == pytest.approx(1, abs=0.3)


def test_the_class_changes_the_logit_and_must_be_said() -> None:
    made = net(classes=2)
    x = torch.randn(4, 3, 16, 16)
    cat, dog = made(x, torch.zeros(4, dtype=torch.long)), made(x, torch.ones(4, dtype=torch.long))
    assert cat.shape == (4,)
    assert not torch.allclose(cat, dog, atol=1e-4)
    with pytest.raises(ValueError, match="knows 2 classes"):
        made(x)
