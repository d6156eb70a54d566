"""Projection: a picture that the generator drew is found again, and the shared model never hears of it."""

import numpy as np
import pytest
import torch
from torch import nn

from engines.images import to_uint8
from engines.introspect.projection import Search, gap, project, unit
from engines.introspect.space import Space
from engines.models.backbone import backbone
from engines.models.fastgan import FastGANConfig
from engines.models.gan import GAN, ProjectedGANConfig, StyleGAN2GANConfig, projected, stylegan2
from engines.models.stylegan2 import StyleGAN2Config


def style_gan(**more: int) -> GAN:
    torch.manual_seed(0)
    net = StyleGAN2Config(image_size=16, z_dim=8, w_dim=8, channel_base=256, channel_max=16, noise_up_to=8, **more)
    gan = stylegan2(StyleGAN2GANConfig(net))
    for name, value in gan.generator.named_parameters():
        if name.endswith("affine.weight"):
            value.data *= 2  # random styles hardly matter; trained ones do
        if name.endswith("rgb.weight"):
            value.data *= 0.2  # within the range of a picture, where nothing is clipped
    return gan.eval().requires_grad_(False)


def light_gan() -> GAN:
    torch.manual_seed(0)
    config = ProjectedGANConfig(FastGANConfig(image_size=16, z_dim=8, widths=(16, 16, 8)))
    gan = projected(config)
    for module in gan.generator.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data *= 6  # untrained, all its pictures are nearly grey
    return gan.eval().requires_grad_(False)


@pytest.mark.parametrize("make", [style_gan, light_gan])
def test_a_picture_of_the_generator_is_found_again(make: object) -> None:
    """From the first sample that comes, the loss falls tenfold and the picture is there again."""
    gan = make()
    space = Space(gan)
    target = to_uint8(space.pictures(space.latents([7])))[0]
    before = {name: value.clone() for name, value in gan.state_dict().items()}
    states = list(project(space, target, Search(steps=60, starts=1, rate=0.2)))
    assert [state.done for state in states] == list(range(61))
    assert states[-1].loss < states[0].loss / 4
    assert states[-1].psnr > states[0].psnr + 8
    assert all(p.grad is None and not p.requires_grad for p in gan.parameters())
    assert not gan.training
    assert all(torch.equal(value, before[name]) for name, value in gan.state_dict().items())


def test_every_state_is_a_latent_and_exactly_its_picture() -> None:
    space = Space(style_gan())
    target = to_uint8(space.pictures(space.latents([7])))[0]
    for state in project(space, target, Search(steps=4, starts=2)):
        drawn = space.pictures(torch.from_numpy(state.latent)[None])[0].permute(1, 2, 0).numpy()
        assert np.allclose(state.picture, drawn, atol=1e-5)
        error = np.square(drawn - (target / 127.5 - 1)).mean()
        assert state.pixel == pytest.approx(error, rel=1e-4)
        assert state.psnr == pytest.approx(10 * np.log10(4 / error), abs=1e-3)
        assert (state.latent == state.latent[0]).all()  # one style for all layers


def test_noise_decays_as_a_square_and_ends_at_three_quarters() -> None:
    space = Space(light_gan())
    target = np.zeros((16, 16, 3), np.uint8)
    noise = [state.noise for state in project(space, target, Search(steps=8, starts=1, noise=0.1))]
    first = 0.1 * 8**0.5  # the spread of z on its shell is √D, but for the small mean
    assert noise[0] == pytest.approx(first, rel=0.02)
    assert np.array(noise) / noise[0] == pytest.approx([max(0, 1 - i / 6) ** 2 for i in range(9)], abs=1e-6)


def test_layers_part_only_when_asked() -> None:
    space = Space(style_gan())
    target = np.full((16, 16, 3), 200, np.uint8)
    *_, last = project(space, target, Search(steps=3, starts=1, layered=True))
    assert not np.allclose(last.latent[0], last.latent[-1])


def test_the_best_of_more_samples_is_no_worse() -> None:
    space = Space(style_gan())
    target = to_uint8(space.pictures(space.latents([7])))[0]
    start = lambda n: next(iter(project(space, target, Search(steps=1, starts=n, noise=0)))).loss  # noqa: E731
    assert start(20) <= start(1)


def test_a_conditional_generator_is_projected_with_its_class() -> None:
    gan = style_gan(classes=2)
    target = np.zeros((16, 16, 3), np.uint8)
    with pytest.raises(ValueError, match="2 classes"):
        next(project(Space(gan), target, Search(steps=1, starts=1)))
    assert next(project(Space(gan, 1), target, Search(steps=1, starts=1))).total == 1


def test_the_gap_to_itself_is_nothing() -> None:
    picture = torch.rand(1, 3, 16, 16) * 2 - 1
    seen = [unit(h) for h in backbone()(picture)]
    assert float(gap(picture, seen)) == pytest.approx(0, abs=0.01)  # features may be half precision
    assert float(gap(-picture, seen)) > 0.1


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="draws"):
        next(project(Space(style_gan()), np.zeros((8, 8, 3), np.uint8), Search(steps=1)))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"starts": 0}, {"noise": 2.0}])
def test_settings_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="allowed"):
        Search(**wrong)
