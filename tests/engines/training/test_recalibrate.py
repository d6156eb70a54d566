"""Batch norm's statistics by hand, and that they are what averaged weights are shown with."""

import numpy as np
import pytest
import torch

from engines.models.dcgan import DCGANConfig, DCGANGenerator
from engines.models.gan import DCGANGANConfig, dcgan
from engines.noise import noise
from engines.training.adversarial import AdversarialObjective
from engines.training.config import TrainConfig
from engines.training.recalibrate import recalibrate


@pytest.fixture
def generator() -> DCGANGenerator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return DCGANGenerator(DCGANConfig(16, z_dim=8, width=4)).eval()


def test_statistics_are_those_of_all_latents_each_batch_weighing_the_same(generator: DCGANGenerator) -> None:
    z = noise(range(64), (8,))
    recalibrate(generator, [z[:32], z[32:]])
    first = generator.net[0](z[:, :, None, None])
    norm = generator.net[1]
    torch.testing.assert_close(norm.running_mean, first.mean((0, 2, 3)))
    halves = torch.stack([half.transpose(0, 1).flatten(1).var(1) for half in (first[:32], first[32:])])
    torch.testing.assert_close(norm.running_var, halves.mean(0))
    assert norm.momentum == 0.1
    assert not generator.training


def test_on_its_own_latents_the_net_then_does_the_same_as_in_training(generator: DCGANGenerator) -> None:
    z = noise(range(64), (8,))
    before = generator(z).detach()
    recalibrate(generator, [z])
    after, trained = generator(z).detach(), generator.train()(z).detach()
    np.testing.assert_allclose(after, trained, atol=2e-2)  # N / (N − 1) of the variance apart
    assert (before - trained).abs().max() > 0.05


def test_a_net_without_batch_norm_is_not_even_called() -> None:
    recalibrate(torch.nn.Linear(2, 2), iter([None]))


def test_averaged_weights_are_shown_with_statistics_of_their_own() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = TrainConfig("dcgan", batch_size=8, precision="fp32")
        game = AdversarialObjective(
            dcgan(DCGANGANConfig(DCGANConfig(16, z_dim=8, width=4))), config, torch.device("cpu")
        )
        images = torch.rand(8, 3, 16, 16) * 2 - 1
    for step in range(3):
        game.step([(images, torch.zeros(8, dtype=torch.long))], step, 1.0, game.draw(0, step))
    kept = game.weights()
    first = game.ema.module.net[0](noise(range(512), (8,))[:, :, None, None])
    torch.testing.assert_close(kept["generator.net.1.running_mean"], first.mean((0, 2, 3)), atol=1e-5, rtol=1e-4)
    raw = game.model.generator.net[1].running_mean
    assert not torch.allclose(kept["generator.net.1.running_mean"], raw)
    pictures = game.sample(range(4))
    assert (game.sample(range(4)) == pictures).all()
    game.step([(images, torch.zeros(8, dtype=torch.long))], 3, 1.0, game.draw(0, 3))
    later = game.ema.module.net[0](noise(range(512), (8,))[:, :, None, None])
    torch.testing.assert_close(
        game.weights()["generator.net.1.running_mean"], later.mean((0, 2, 3)), atol=1e-5, rtol=1e-4
    )
