from dataclasses import replace

import pytest
import torch
from torch import nn

from engines.models.dcgan import DCGANConfig, DCGANDiscriminator, DCGANGenerator

PLAIN = DCGANConfig(
    32, z_dim=100, output="sigmoid", to_rgb="1x1", discriminator_norm="batch", logits=False, init="torch"
)
STABLE = DCGANConfig()


def count(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def described(net: nn.Sequential) -> list[tuple]:
    """Every layer as (kind, inputs, outputs, kernel, stride, padding, bias), as far as it has them."""
    rows = []
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            shape = (layer.kernel_size[0], layer.stride[0], layer.padding[0])
            kind = "up" if isinstance(layer, nn.ConvTranspose2d) else "conv"
            rows.append((kind, layer.in_channels, layer.out_channels, *shape, layer.bias is not None))
        elif isinstance(layer, nn.BatchNorm2d):
            rows.append(("norm", layer.num_features))
        elif isinstance(layer, nn.LeakyReLU):
            rows.append(("leaky", layer.negative_slope))
        else:
            rows.append((type(layer).__name__,))
    return rows


@pytest.mark.parametrize("z_dim", [10, 100, 2000])
def test_the_plain_nets_layer_by_layer(z_dim: int) -> None:
    config = replace(PLAIN, z_dim=z_dim)
    assert described(DCGANGenerator(config).net) == [
        ("up", z_dim, 512, 4, 1, 0, False), ("norm", 512), ("ReLU",),
        ("up", 512, 256, 4, 2, 1, False), ("norm", 256), ("ReLU",),
        ("up", 256, 128, 4, 2, 1, False), ("norm", 128), ("ReLU",),
        ("up", 128, 64, 4, 2, 1, False), ("norm", 64), ("ReLU",),
        ("up", 64, 3, 1, 1, 0, False), ("Sigmoid",),
    ]  # fmt: skip
    assert described(DCGANDiscriminator(config).net) == [
        ("conv", 3, 64, 4, 2, 1, False), ("leaky", 0.2),
        ("conv", 64, 128, 4, 2, 1, False), ("norm", 128), ("leaky", 0.2),
        ("conv", 128, 256, 4, 2, 1, False), ("norm", 256), ("leaky", 0.2),
        ("conv", 256, 512, 4, 2, 1, False), ("norm", 512), ("leaky", 0.2),
        ("conv", 512, 1, 2, 2, 0, False), ("Sigmoid",),
    ]  # fmt: skip


@pytest.mark.parametrize(("z_dim", "parameters"), [(10, 2_836_544), (100, 3_573_824), (2000, 19_138_624)])
def test_the_plain_nets_parameters_counted_by_hand(z_dim: int, parameters: int) -> None:
    """16 z·512, 16 (512·256 + 256·128 + 128·64), 64·3, and two numbers per channel of batch norm."""
    config = replace(PLAIN, z_dim=z_dim)
    assert count(DCGANGenerator(config)) == parameters
    assert count(DCGANDiscriminator(config)) == 2_759_424


def test_the_stable_nets() -> None:
    """As in the paper at 64 px, but for the norm: 16 (100·512 + 512·256 + 256·128 + 128·64 + 64·3) and batch norm."""
    generator, discriminator = DCGANGenerator(STABLE), DCGANDiscriminator(STABLE)
    assert count(generator) == 3_576_704
    assert count(discriminator) == 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512) + 64 + 128 + 256 + 512 + 1
    assert not any(isinstance(layer, (nn.BatchNorm2d, nn.Sigmoid)) for layer in discriminator.net)
    first = generator.net[0].weight
    assert first.std().item() == pytest.approx(0.02, rel=0.01)
    assert generator.net[1].weight.mean().item() == pytest.approx(1, abs=0.005)


def test_spectral_norm_makes_every_layer_stretch_by_one_at_most() -> None:
    discriminator = DCGANDiscriminator(replace(STABLE, width=8))
    discriminator.train()
    for _ in range(200):  # the norm is found by one more step of power iteration at each pass
        discriminator(torch.zeros(1, 3, 64, 64))
    for layer in discriminator.net:
        if isinstance(layer, nn.Conv2d):
            assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    "config",
    [
        replace(PLAIN, width=4),
        replace(STABLE, width=4),
        DCGANConfig(128, width=4, z_dim=7),
        DCGANConfig(8, 1, width=4, to_rgb="1x1"),
        DCGANConfig(64, width=4, output="sigmoid", discriminator_norm="batch"),
    ],
)
def test_latents_become_pictures_and_pictures_one_number_each(config: DCGANConfig) -> None:
    torch.manual_seed(0)
    generator, discriminator = DCGANGenerator(config), DCGANDiscriminator(config)
    x = generator(torch.randn(5, config.z_dim))
    assert x.shape == (5, *generator.shape)
    assert x.abs().max() <= 1
    assert x.min() < 0 < x.max()
    said = discriminator(x)
    assert said.shape == (5,)
    said.sum().backward()
    for net in (generator, discriminator):
        assert all(torch.isfinite(p.grad).all() and p.grad.any() for p in net.parameters())


def test_a_sigmoid_net_speaks_of_0_to_1_inside_and_of_minus_1_to_1_outside() -> None:
    torch.manual_seed(0)
    config = replace(PLAIN, width=4)
    generator, discriminator = DCGANGenerator(config).eval(), DCGANDiscriminator(config).eval()
    z = torch.randn(3, 100)
    inside = generator.net(z[:, :, None, None])
    torch.testing.assert_close(generator(z), 2 * inside - 1)
    said = discriminator(generator(z))
    torch.testing.assert_close(said, discriminator.net(inside).flatten())
    assert ((said > 0) & (said < 1)).all()


def test_one_latent_alone_gives_the_same_picture_as_in_a_batch() -> None:
    torch.manual_seed(0)
    generator = DCGANGenerator(replace(STABLE, width=4))
    for _ in range(50):  # batch norm's statistics become those of its pictures
        generator(torch.randn(32, 100))
    generator.eval()
    z = torch.randn(4, 100)
    torch.testing.assert_close(generator(z[2:3]), generator(z)[2:3], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"output": "relu"}, "allowed: tanh, sigmoid"),
        ({"discriminator_norm": "layer"}, "allowed: batch, spectral"),
        ({"to_rgb": "3x3"}, "allowed: upsample, 1x1"),
        ({"init": "zeros"}, "allowed: normal, torch"),
        ({"image_size": 48}, "power of two"),
        ({"image_size": 4}, "power of two"),
        ({"z_dim": 0}, "z_dim is 0"),
    ],
)
def test_wrong_settings_are_refused(setting: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        DCGANConfig(**setting)
