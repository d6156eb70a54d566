"""Noise and layers: what is free, and what a style cannot reach."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from engines.introspect.style_effects import effects, noise_draws, noise_strengths
from engines.introspect.styles import Style, mix, pictures
from engines.models.gan import StyleGAN


def test_draws_are_the_pictures_of_random_noises(tiny_gan: StyleGAN) -> None:
    *_, found = noise_draws(tiny_gan, 3, 20, Style(psi=0.7))
    for k in (0, 7, 8, 19):
        [own] = pictures(tiny_gan, [3], Style(psi=0.7, noise="random", draw=k))
        assert np.abs(found.pictures[k].astype(int) - own).max() <= 1


def test_the_deviation_is_numpys_over_the_draws_so_far(tiny_gan: StyleGAN) -> None:
    *_, found = noise_draws(tiny_gan, 3, 12, Style())
    values = found.pictures / 127.5 - 1.0
    assert not found.std[0].any()
    for k in (1, 11):
        expected = np.sqrt(values[: k + 1].var(0, ddof=1).mean(-1))
        assert found.std[k] == pytest.approx(expected, abs=0.005)  # the pictures are rounded to 256 steps
    assert found.std[11].max() > 0.01


def test_without_strength_no_pixel_is_free(tiny_gan: StyleGAN) -> None:
    quiet = copy.deepcopy(tiny_gan)
    for name, value in quiet.named_parameters():
        if name.endswith("noise_strength"):
            value.zero_()
    *_, found = noise_draws(quiet, 3, 9, Style())
    assert found.std.max() < 1e-5
    assert set(noise_strengths(quiet).values()) == {0.0}


def test_strengths_name_the_layers_that_take_noise(tiny_gan: StyleGAN) -> None:
    found = noise_strengths(tiny_gan)
    assert list(found) == ["4 px", "8 px up", "8 px"]  # noise up to 8 px
    assert list(found.values()) == pytest.approx([0.1] * 3)


def test_a_style_never_changes_what_was_computed_before_it(tiny_gan: StyleGAN) -> None:
    *_, found = effects(tiny_gan, 1, [2, 3], Style())
    layers = len(found.layers)
    assert found.layers == ("4 px", "8 px up", "8 px", "16 px up", "16 px", "16 px colour")
    assert found.maps == (*found.layers[:-1], "picture")
    assert found.matrix.shape == (layers, layers)
    before = np.tril(np.ones((layers, layers), bool), -1)  # feature maps that come before the changed layer
    before[:, -1] = False  # the picture comes after all
    assert not found.matrix[before].any()  # exactly 0, not nearly
    assert (np.diag(found.matrix) > 1e-3).all()
    assert (found.matrix[:, -1] > 1e-3).all()


def test_the_change_is_that_of_the_mixture(tiny_gan: StyleGAN) -> None:
    *_, found = effects(tiny_gan, 1, [2], Style(noise="none"))
    a, b = tiny_gan.w([1]), tiny_gan.w([2])
    for layer in range(a.shape[1]):
        was, now = (tiny_gan.generator.synthesis(w, "none") for w in (a, mix(a, b, [layer])))
        change = (now.clamp(-1, 1) - was.clamp(-1, 1)).abs().mean(1)[0].numpy()
        assert found.change[layer] == pytest.approx(change, abs=1e-4)
        assert found.matrix[layer, -1] == pytest.approx(((now - was).norm() / was.norm()).item(), rel=1e-3)


def test_effects_are_means_over_the_seeds_that_lend(tiny_gan: StyleGAN) -> None:
    alone = [list(effects(tiny_gan, 1, [other], Style()))[-1] for other in (2, 3, 4)]
    *_, together = effects(tiny_gan, 1, [2, 3, 4], Style())
    assert together.others == 3
    assert together.change == pytest.approx(np.mean([each.change for each in alone], axis=0), abs=1e-5)
    assert together.matrix == pytest.approx(np.mean([each.matrix for each in alone], axis=0), abs=1e-5)


def test_at_psi_0_no_style_matters(tiny_gan: StyleGAN) -> None:
    *_, found = effects(tiny_gan, 1, [2], replace(Style(), psi=0.0))
    assert found.change.max() < 1e-5
