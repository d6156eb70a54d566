"""Directions found without labels: eigenvectors by hand, planted directions, steps in standard deviations."""

import numpy as np
import pytest
import torch

from engines.introspect.directions import deviation, directions, distances, moved, principal, regressed, sefa, strip
from engines.introspect.space import Space
from engines.models.dcgan import DCGANConfig
from engines.models.fastgan import FastGANConfig
from engines.models.gan import GAN, DCGANGANConfig, ProjectedGANConfig, StyleGAN2GANConfig, dcgan, projected, stylegan2
from engines.models.stylegan2 import StyleGAN2Config


def style_gan(**more: int) -> GAN:
    torch.manual_seed(0)
    net = StyleGAN2Config(image_size=16, z_dim=8, w_dim=8, channel_base=128, channel_max=16, noise_up_to=8, **more)
    return stylegan2(StyleGAN2GANConfig(net)).eval().requires_grad_(False)


def light_gan() -> GAN:
    torch.manual_seed(0)
    config = ProjectedGANConfig(FastGANConfig(image_size=16, z_dim=8, widths=(16, 16, 8)))
    return projected(config).eval().requires_grad_(False)


def plain_gan() -> GAN:
    torch.manual_seed(0)
    return dcgan(DCGANGANConfig(DCGANConfig(image_size=16, z_dim=8, width=8))).eval().requires_grad_(False)


def test_sefa_by_hand() -> None:
    """A = [[3, 0], [0, 1], [0, 1]]: AᵀA = diag(9, 2), so the axes, in this order, with 9/11 and 2/11 of the sum."""
    vectors, shares = sefa(torch.tensor([[3.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), 2)
    assert np.allclose(vectors, [[1, 0], [0, 1]])
    assert np.allclose(shares, [9 / 11, 2 / 11])


def test_sefa_turns_with_the_map() -> None:
    """A row (3, 4) alone answers along (0.6, 0.8) only; what stands across it changes nothing."""
    vectors, shares = sefa(torch.tensor([[-3.0, -4.0]]), 2)
    assert np.allclose(vectors[0], [0.6, 0.8])
    assert np.allclose(abs(vectors[1] @ [0.6, 0.8]), 0, atol=1e-6)
    assert np.allclose(shares, [1, 0], atol=1e-6)


def test_ganspace_finds_the_planted_direction() -> None:
    draw = torch.Generator().manual_seed(0)
    planted = torch.tensor([1.0, 2.0, 0.0, -2.0]) / 3
    latents = 5 * torch.randn(4000, 1, generator=draw) * planted + 0.5 * torch.randn(4000, 4, generator=draw)
    vectors, shares = principal(latents, 2)
    assert abs(vectors[0] @ planted.numpy()) > 0.999
    assert shares[0] == pytest.approx(25.25 / 26, abs=0.01)  # of variances 25 + .25 along it and three times .25
    assert deviation(latents, vectors)[0] == pytest.approx(25.25**0.5, rel=0.05)


def test_ganspace_carries_features_back_to_z() -> None:
    """Features that follow one direction of z alone lead back to it."""
    draw = torch.Generator().manual_seed(0)
    z = torch.randn(2000, 4, generator=draw)
    planted = torch.tensor([0.0, 0.6, 0.8, 0.0])
    features = (z @ planted)[:, None] * torch.randn(1, 30, generator=draw)
    vectors, _ = regressed(features + 0.01 * torch.randn(2000, 30, generator=draw), z, 1)
    assert abs(vectors[0] @ planted.numpy()) > 0.999


@pytest.mark.parametrize("method", ["sefa", "ganspace"])
@pytest.mark.parametrize("make", [style_gan, light_gan, plain_gan])
def test_every_generator_has_directions_of_length_one(make: object, method: str) -> None:
    space = Space(make())
    found = directions(space, method, 5)
    assert found.vectors.shape == (5, 8)
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    if method == "sefa" or space.styles:
        assert np.allclose(found.vectors @ found.vectors.T, np.eye(5), atol=1e-5)
    assert (np.diff(found.shares) <= 1e-6).all()
    assert found.shares.sum() <= 1 + 1e-5
    assert (found.units > 0).all()


@pytest.mark.parametrize("make", [light_gan, plain_gan])
def test_the_first_map_is_what_enters_the_first_nonlinearity(make: object) -> None:
    space = Space(make())
    conv, norm = space._first()[:2]
    norm.running_var.uniform_(0.5, 2)
    norm.running_mean.normal_()
    a, b = torch.randn(2, 1, 8)
    through = lambda z: norm(conv(z[:, :, None, None])).flatten()  # noqa: E731
    assert torch.allclose(space.maps() @ (a - b)[0], through(a) - through(b), atol=1e-4)


def test_the_maps_of_a_layer_are_those_that_its_style_passes() -> None:
    gan = style_gan()
    space, blocks = Space(gan), gan.generator.synthesis.blocks
    w = torch.randn(1, 8)
    own = torch.cat([blocks["8"].conv.affine(w) - 1, blocks["8"].rgb.affine(w) - 1, blocks["16"].up.affine(w) - 1], 1)
    names = space.layers
    part = space.maps(names.index("8 px"), names.index("16 px up"))  # the colours at 8 px share the style after them
    assert sorted((part @ w[0]).tolist()) == pytest.approx(sorted(own[0].tolist()), abs=1e-5)
    whole = space.maps()
    assert whole.shape[0] == sum(space.maps(i, i).shape[0] for i in range(len(names)))


def test_a_step_moves_the_layers_in_the_range_and_no_other() -> None:
    space = Space(style_gan())
    start = space.latents([3])
    at = moved(space, start, np.eye(8, dtype=np.float32)[2], 0.5, [-2.0, 0.0, 1.0], 1, 2)
    assert torch.equal(at[1], start[0])
    change = at - start
    assert change[:, 1:3, 2].tolist() == pytest.approx(torch.tensor([[-1.0, -1], [0, 0], [0.5, 0.5]]))
    change[:, 1:3, 2] = 0
    assert not change.any()


def test_a_step_of_z_stays_on_the_shell() -> None:
    space = Space(light_gan())
    at = moved(space, space.latents([0]), np.eye(8, dtype=np.float32)[0], 1.0, [-3.0, 3.0], 0, 0)
    assert at.norm(dim=2).flatten().tolist() == pytest.approx([8**0.5] * 2, rel=1e-5)


def test_a_strip_shows_its_seed_and_measures_all() -> None:
    gan = style_gan()
    space = Space(gan)
    found = directions(space, "sefa", 1)
    walk = (found.vectors[0], float(found.units[0]), [-1.0, 0.0, 1.0], found.first, found.last)
    made, alone, other = (strip(space, space.latents(seeds), *walk) for seeds in ([4, 5], [4], [5]))
    assert made.pictures.shape == (3, 16, 16, 3)
    assert np.array_equal(made.pictures, alone.pictures)
    assert made.effect == pytest.approx((alone.effect + other.effect) / 2, rel=1e-4)
    assert made.n == 2


def test_equal_pictures_have_no_distance() -> None:
    x = torch.rand(1, 3, 16, 16).repeat(3, 1, 1, 1)
    assert distances(x).tolist() == pytest.approx([0, 0], abs=1e-4)


def test_a_conditional_generator_wants_a_class() -> None:
    gan = style_gan(classes=2)
    with pytest.raises(ValueError, match="2 classes"):
        Space(gan).latents([0])
    assert not torch.equal(Space(gan, 0).latents([0]), Space(gan, 1).latents([0]))
    assert Space(gan, 1).score(torch.zeros(4, 3, 16, 16)).shape == (4,)


@pytest.mark.parametrize(("method", "number", "first"), [("pca", 3, 0), ("sefa", 9, 0), ("sefa", 3, 99)])
def test_what_cannot_be_asked(method: str, number: int, first: int) -> None:
    with pytest.raises(ValueError, match="allowed"):
        directions(Space(style_gan()), method, number, first)
