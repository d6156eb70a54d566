"""Steering a GAN: the pictures must be those of the latents that can be written down by hand."""

import numpy as np
import pytest
import torch

from engines.images import to_uint8
from engines.introspect.lattice import lattice, pad
from engines.introspect.styles import (
    Style,
    draw,
    latents,
    mix,
    mixing,
    pictures,
    score,
    steered_by,
    truncation,
)
from engines.models.fastgan import FastGANConfig, FastGANGenerator
from engines.models.gan import GAN, DCGANGANConfig, StyleGAN, dcgan


@pytest.fixture(scope="module")
def light() -> GAN:
    """The light generator, with no discriminator to load."""
    torch.manual_seed(0)
    generator = FastGANGenerator(FastGANConfig(16, 3, 16, (16, 16, 8)))
    return GAN(None, generator, torch.nn.Identity()).eval().requires_grad_(False)


def test_what_steers_a_generator(tiny_gan: StyleGAN, light: GAN) -> None:
    torch.manual_seed(0)
    assert steered_by(tiny_gan) == "styles"
    assert steered_by(light) == "direction"  # it divides z by its length
    assert steered_by(dcgan(DCGANGANConfig()).eval()) == "length"


def test_no_truncation_and_fixed_noise_are_the_models_own_samples(tiny_gan: StyleGAN) -> None:
    assert np.array_equal(pictures(tiny_gan, [3, 4], Style()), to_uint8(tiny_gan.sample([3, 4])))


def test_at_psi_0_every_seed_is_the_mean_cat(tiny_gan: StyleGAN) -> None:
    a, b = pictures(tiny_gan, [1, 2], Style(psi=0))
    assert np.array_equal(a, b)
    one, other = pictures(tiny_gan, [1, 2], Style(psi=1))
    assert (one != other).any()


def test_a_cutoff_leaves_the_other_layers_alone(tiny_gan: StyleGAN) -> None:
    w = latents(tiny_gan, [1])
    half = torch.cat([tiny_gan.generator.mapping.w_avg.expand(1, 2, -1), w[:, 2:]], dim=1)
    expected = to_uint8(tiny_gan.generator.synthesis(half, "fixed"))
    assert np.array_equal(pictures(tiny_gan, [1], Style(psi=0, cutoff=2)), expected)


def test_random_noise_is_its_number_and_the_same_for_every_picture(tiny_gan: StyleGAN) -> None:
    same = pictures(tiny_gan, [1, 1], Style(noise="random", draw=5))
    assert np.array_equal(*same)
    assert (pictures(tiny_gan, [1], Style(noise="random", draw=6))[0] != same[0]).any()
    assert (pictures(tiny_gan, [1], Style(noise="none"))[0] != same[0]).any()


def test_the_film_of_truncation(tiny_gan: StyleGAN) -> None:
    psis = np.linspace(-1, 1.5, 11).tolist()
    *_, film = truncation(tiny_gan, 4, psis, Style())
    [seed] = pictures(tiny_gan, [4], Style())
    [mean] = pictures(tiny_gan, [9], Style(psi=0))
    assert np.abs(film.pictures[8].astype(int) - seed).max() <= 1  # ψ = 1
    assert np.abs(film.pictures[4].astype(int) - mean).max() <= 1  # ψ = 0
    assert film.distance == pytest.approx(np.abs(psis) * film.distance[8], abs=1e-5)
    w = tiny_gan.w([4])
    assert film.distance[8] == pytest.approx((w[0, 0] - tiny_gan.generator.mapping.w_avg).norm().item(), rel=1e-5)
    [own] = score(tiny_gan, tiny_gan.generator.synthesis(w, "fixed"))
    assert film.score[8] == pytest.approx(own.item(), abs=1e-4)
    assert film.score[4] != pytest.approx(own.item(), abs=1e-2)


def test_a_score_is_that_of_a_group_of_four_whatever_the_batch(tiny_gan: StyleGAN) -> None:
    drawn = tiny_gan.sample(range(10, 15))
    found = score(tiny_gan, drawn)
    beside = tiny_gan.sample([0, 1, 2])
    for picture, value in zip(drawn, found, strict=True):
        alone = tiny_gan.score(torch.cat([picture[None], beside]).clamp(-1, 1))[0]
        assert value.item() == pytest.approx(alone.item(), abs=1e-4)


def test_without_styles_the_film_scales_z() -> None:
    torch.manual_seed(0)
    net = dcgan(DCGANGANConfig()).eval().requires_grad_(False)
    *_, film = truncation(net, 4, [-1.0, 0.0, 2.0], Style())
    assert film.distance == pytest.approx(np.array([1, 0, 2]) * net.z([4]).norm().item(), rel=1e-5)
    expected = to_uint8(net.generator(2 * net.z([4])))[0].astype(int)
    assert np.abs(film.pictures[2] - expected).max() <= 1


def test_mixing_all_layers_is_b_and_none_is_a(tiny_gan: StyleGAN) -> None:
    layers = range(len(tiny_gan.generator.layers))
    a, b = pictures(tiny_gan, [1, 2], Style()), pictures(tiny_gan, [5, 6, 7], Style())
    for row in mixing(tiny_gan, [1, 2], [5, 6, 7], layers, Style()):
        assert np.array_equal(row, b)
    nothing = np.stack(list(mixing(tiny_gan, [1, 2], [5, 6, 7], [], Style())))
    assert np.abs(nothing.astype(int) - a[:, None]).max() <= 1
    some = np.stack(list(mixing(tiny_gan, [1, 2], [5, 6, 7], [3], Style())))
    assert (some != b).any()
    assert (some != a[:, None]).any()


def test_a_mixture_has_each_layer_of_its_own_parent() -> None:
    mixed = mix(torch.zeros(1, 4, 2), torch.ones(1, 4, 2), [1, 3])
    assert mixed[0, :, 0].tolist() == [0, 1, 0, 1]


def test_drawing_leaves_no_trace(tiny_gan: StyleGAN) -> None:
    before = {name: value.clone() for name, value in tiny_gan.state_dict().items()}
    list(pad(tiny_gan, 1, 1, 2, Style(0.5, 2, "random", 1)))
    list(truncation(tiny_gan, 1, [0.0, 1.0], Style()))
    draw(tiny_gan, lattice(tiny_gan, 1, 1)[0], Style(noise="none"))
    assert all(torch.equal(before[name], value) for name, value in tiny_gan.state_dict().items())
    assert not tiny_gan.training
