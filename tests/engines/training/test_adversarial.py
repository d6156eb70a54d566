"""Two networks against each other: their losses by hand, their updates one at a time, exact resume."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engines.models.dcgan import DCGANConfig
from engines.models.fastgan import FastGANConfig
from engines.models.gan import GAN, DCGANGANConfig, ProjectedGANConfig, StyleGAN2GANConfig, dcgan, projected, stylegan2
from engines.models.projected import ProjectedConfig
from engines.models.stylegan2 import StyleGAN2Config
from engines.training.adversarial import AdversarialObjective
from engines.training.config import Adversarial, TrainConfig

CONFIG = TrainConfig(
    family="projected", learning_rate=0.01, betas=(0.0, 0.99), weight_decay=0.0, clip=100.0, precision="fp32"
)
PICTURES = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(3)) * 2 - 1
BATCH = [(PICTURES, torch.zeros(4, dtype=torch.long))]


def light() -> GAN:
    torch.manual_seed(0)
    return projected(ProjectedGANConfig(FastGANConfig(16, z_dim=8, widths=(8, 8, 4)), ProjectedConfig(4, 4)))


def styled(discriminator: str = "stylegan2") -> GAN:
    torch.manual_seed(0)
    config = StyleGAN2Config(16, z_dim=8, w_dim=8, channel_base=128, channel_max=8)
    return stylegan2(StyleGAN2GANConfig(config, discriminator, ProjectedConfig(4, 4)))


def plain() -> GAN:
    torch.manual_seed(0)
    return dcgan(DCGANGANConfig(DCGANConfig(16, z_dim=8, width=4)))


def objective(model: GAN, **more: object) -> AdversarialObjective:
    return AdversarialObjective(model, replace(CONFIG, adversarial=Adversarial(**more)), torch.device("cpu"))


def weights(module: torch.nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in module.parameters()]


@pytest.mark.parametrize("make", [light, styled, lambda: styled("projected"), plain])
def test_a_step_moves_both_networks_and_leaves_no_gradient(make: Callable[[], GAN]) -> None:
    game = objective(make())
    before = weights(game.model.generator), weights(game.model.discriminator)
    values = game.step(BATCH, 0, 1.0, game.draw(0, 0))
    for old, module in zip(before, (game.model.generator, game.model.discriminator), strict=True):
        assert any(not torch.equal(a, b) for a, b in zip(old, module.parameters(), strict=True))
        assert all(p.grad is None and p.requires_grad for p in module.parameters())
    values |= game.validate(*BATCH[0])
    assert values["skipped"] == 0
    assert all(math.isfinite(value) for value in values.values())


def test_the_discriminator_learns_to_tell_and_the_generator_to_be_taken_for_real() -> None:
    game = objective(light(), augment="none")
    still, quick = replace(CONFIG, learning_rate=0.0), replace(CONFIG, learning_rate=0.003)
    game.generator_steps.config, game.discriminator_steps.config = still, quick
    told = [game.step(BATCH, 0, 1.0, game.draw(0, 0))["loss_d"] for _ in range(12)]
    assert told[-1] < 0.5 * told[0]
    game.generator_steps.config, game.discriminator_steps.config = quick, still
    taken = [game.step(BATCH, 0, 1.0, game.draw(0, 0))["logit_fake"] for _ in range(12)]
    assert taken[-1] > taken[0] + 0.5


def test_what_is_shown_is_the_averaged_generator_and_the_living_discriminator() -> None:
    game = objective(light())
    for step in range(3):
        game.step(BATCH, step, 1.0, game.draw(0, step))
    shown = game.weights()
    assert torch.equal(shown["generator.to_rgb.bias"], game.ema.module.to_rgb.bias)
    assert not torch.equal(shown["generator.to_rgb.bias"], game.model.generator.to_rgb.bias)
    head = "discriminator.heads.0.0.bias"
    assert torch.equal(shown[head], game.model.state_dict()[head])
    pictures = game.sample([5, 6, 7])
    assert pictures.shape == (3, 16, 16, 3)
    assert (pictures[1] == game.sample([6])[0]).all()


def whole_game() -> AdversarialObjective:
    """StyleGAN2-ADA with everything on, and so fast to adapt that p moves in the first steps."""
    return objective(
        styled(), loss="logistic", augment="ada", ada_images=40, r1_gamma=1.0, r1_every=2, path_weight=2.0, path_every=2
    )


@pytest.mark.parametrize("make", [lambda: objective(light()), lambda: objective(styled()), whole_game])
def test_a_resumed_game_goes_on_as_if_it_had_never_stopped(make: Callable[[], AdversarialObjective]) -> None:
    def play(game: AdversarialObjective, steps: range) -> list[dict[str, float]]:
        values = []
        for step in steps:
            torch.manual_seed(step)
            values.append(game.step(BATCH, step, 1.0, game.draw(0, step)))
        return values

    whole, begun, resumed = (make() for _ in range(3))
    wanted = play(whole, range(6))
    play(begun, range(3))
    resumed.load_state_dict(begun.state_dict())
    assert play(resumed, range(3, 6)) == wanted[3:]


def test_regularisers_take_their_turns_and_adaptation_follows_the_discriminator() -> None:
    game = whole_game()
    values = []
    for step in range(8):
        torch.manual_seed(step)
        values.append(game.step(BATCH, step, 1.0, game.draw(0, step)))
    assert ["r1" in each for each in values] == ["path_penalty" in each for each in values] == [True, False] * 4
    assert all(math.isfinite(value) for each in values for value in each.values())
    assert float(game.path_length.mean) > 0
    r, p = values[3]["ada_r"], values[3]["ada_p"]  # after four batches of four pictures
    assert p == (pytest.approx(16 / 40) if r > 0.6 else 0)
    assert game.discriminator_steps.adam.defaults["betas"] == pytest.approx((0.0, 0.99 ** (2 / 3)))
    assert game.discriminator_steps.config.learning_rate == pytest.approx(0.01 * 2 / 3)


def test_a_generator_asked_to_vary_comes_to_vary() -> None:
    spread = {}
    for weight in (0.0, 50.0):
        game = objective(styled("projected"), augment="none", style_mixing=0.0, spread_weight=weight)
        for step in range(12):
            torch.manual_seed(step)
            game.step(BATCH, step, 1.0, game.draw(0, step))
        with torch.no_grad():
            spread[weight] = float(game.model.sample(range(8)).std(0).mean())
    assert spread[50.0] > 1.2 * spread[0.0]


def test_r1_is_not_for_frozen_features_nor_path_length_for_plain_generators() -> None:
    with pytest.raises(ValueError, match="takes no R1"):
        objective(styled("projected"), r1_gamma=1.0)
    with pytest.raises(ValueError, match="Only a generator with styles"):
        objective(light(), path_weight=1.0)


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(ValueError, match="loss is 'wgan'; allowed: hinge, logistic, probability"):
        Adversarial(loss="wgan")
    with pytest.raises(ValueError, match="augment is 'cutmix'; allowed: none, diffaug, ada"):
        Adversarial(augment="cutmix")
