"""The light generator: its shapes, its sphere of latents, its gate."""

import pytest
import torch

from engines.models.fastgan import Excitation, FastGANConfig, FastGANGenerator


def net() -> FastGANGenerator:
    return FastGANGenerator(FastGANConfig(16, z_dim=6, widths=(8, 8, 4))).eval()


def test_pictures_have_the_size_of_the_config_and_stay_in_range() -> None:
    pictures = net()(100 * torch.randn(3, 6))
    assert pictures.shape == (3, 3, 16, 16)
    assert pictures.abs().max() <= 1


def test_only_the_direction_of_a_latent_counts() -> None:
    generator, z = net(), torch.randn(2, 6)
    torch.testing.assert_close(generator(z), generator(7 * z))
    assert not torch.allclose(generator(z), generator(-z))


def test_the_gate_is_a_number_between_0_and_1_per_channel() -> None:
    large = torch.ones(2, 3, 5, 5)
    gated = Excitation(4, 3)(torch.randn(2, 4, 8, 8), large)
    assert torch.equal(gated, gated[:, :, :1, :1].expand_as(gated))
    assert 0 < float(gated.detach().min()) <= float(gated.detach().max()) < 1


def test_widths_that_make_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="3 widths make pictures of 16 px, not 64"):
        FastGANConfig(64, widths=(8, 8, 4))
