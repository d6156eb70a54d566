"""Two networks against each other: their losses by hand, their updates one at a time, exact resume."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engines.models.fastgan import FastGANConfig
from engines.models.gan import GAN, ProjectedGANConfig, StyleGAN2GANConfig, projected, stylegan2
from engines.models.projected import ProjectedConfig
from engines.models.stylegan2 import StyleGAN2Config
from engines.training.adversarial import AdversarialObjective, hinge, logistic, non_saturating, raise_logits
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


def objective(model: GAN, **more: object) -> AdversarialObjective:
    return AdversarialObjective(model, replace(CONFIG, adversarial=Adversarial(**more)), torch.device("cpu"))


def weights(module: torch.nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in module.parameters()]


def test_losses_by_hand() -> None:
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 1.0])
    assert float(hinge(real, fake)) == pytest.approx((0 + 0.5) / 2 + (0 + 2) / 2)
    assert float(raise_logits(fake)) == pytest.approx(1)
    soft = [math.log1p(math.exp(x)) for x in (-2, -0.5, -3, 1)]
    assert float(logistic(real, fake)) == pytest.approx((soft[0] + soft[1]) / 2 + (soft[2] + soft[3]) / 2)
    assert float(non_saturating(fake)) == pytest.approx((math.log1p(math.exp(3)) + math.log1p(math.exp(-1))) / 2)


@pytest.mark.parametrize("make", [light, styled, lambda: styled("projected")])
def test_a_step_moves_both_networks_and_leaves_no_gradient(make: Callable[[], GAN]) -> None:
    game = objective(make())
    before = weights(game.model.generator), weights(game.model.discriminator)
    values = game.step(BATCH, 0, 1.0, game.draw(0, 0))
    for old, module in zip(before, (game.model.generator, game.model.discriminator), strict=True):
        assert any(not torch.equal(a, b) for a, b in zip(old, module.parameters(), strict=True))
        assert all(p.grad is None and p.requires_grad for p in module.parameters())
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


def test_gradients_of_two_batches_add_up_to_those_of_one() -> None:
    """Batch norm sees other statistics in parts, so this needs a generator without it."""
    whole, parts = objective(styled("projected"), augment="none"), objective(styled("projected"), augment="none")
    torch.manual_seed(1)
    one = whole.step(BATCH, 0, 1.0, whole.draw(0, 0))["loss_d"]
    halves = [(images, labels) for images, labels in zip(PICTURES.split(2), BATCH[0][1].split(2), strict=True)]
    torch.manual_seed(1)
    two = parts.step(halves, 0, 1.0, parts.draw(0, 0))["loss_d"]
    assert two == pytest.approx(one, rel=0.5)  # other latents, the same size


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


@pytest.mark.parametrize("make", [light, styled])
def test_a_resumed_game_goes_on_as_if_it_had_never_stopped(make: Callable[[], GAN]) -> None:
    def play(game: AdversarialObjective, steps: range) -> list[dict[str, float]]:
        values = []
        for step in steps:
            torch.manual_seed(step)
            values.append(game.step(BATCH, step, 1.0, game.draw(0, step)))
        return values

    whole, begun, resumed = (objective(make()) for _ in range(3))
    wanted = play(whole, range(6))
    play(begun, range(3))
    resumed.load_state_dict(begun.state_dict())
    assert play(resumed, range(3, 6)) == wanted[3:]


def test_a_pupil_comes_to_draw_what_its_teacher_draws() -> None:
    model, teacher = styled("projected"), light().generator.eval().requires_grad_(False)
    config = replace(CONFIG, adversarial=Adversarial(teacher="light", teacher_images=10**6))
    game = AdversarialObjective(model, config, torch.device("cpu"), teacher)
    judge = weights(model.discriminator)
    losses = [game.step(BATCH, step, 1.0, game.draw(0, step))["loss_teacher"] for step in range(16)]
    assert sum(losses[-4:]) < 0.8 * sum(losses[:4])
    assert all(torch.equal(a, b) for a, b in zip(judge, model.discriminator.parameters(), strict=True))


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(ValueError, match="loss is 'wgan'; allowed: hinge, logistic"):
        Adversarial(loss="wgan")
    with pytest.raises(ValueError, match="augment is 'cutmix'; allowed: none, diffaug, ada"):
        Adversarial(augment="cutmix")
