"""A discriminator's opinion: gradients by hand, a step that pleases it, and no trace on the shared model."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engines.images import to_tensor
from engines.introspect.opinion import opinions, scores
from engines.introspect.space import Space
from engines.models.gan import GAN, StyleGAN2GANConfig, stylegan2
from engines.models.stylegan2 import StyleGAN2Config


class Red(nn.Module):
    """Likes red in the left upper pixel, and dislikes blue there a little."""

    def forward(self, x: Tensor) -> Tensor:
        return 3 * x[:, 0, 0, 0] - x[:, 2, 0, 0]


def likes_red() -> Space:
    return Space(GAN(None, nn.Linear(1, 1), Red()))


def test_where_it_looks_and_what_it_wants_by_hand() -> None:
    pictures = np.full((2, 4, 4, 3), 128, np.uint8)
    pictures[1, 0, 0] = (0, 0, 255)
    [found] = opinions(likes_red(), pictures, 0.1)
    assert found.score == pytest.approx([3 / 255 - 1 / 255, -4], abs=1e-5)
    expected = np.zeros((4, 4))
    expected[0, 0] = 3
    assert np.allclose(found.saliency, expected)
    # the gradient (3, −1) in 2 of 48 values has the root mean square (10 / 48)^½; a step of .1 goes .1 / that times it
    step = 0.1 / (10 / 48) ** 0.5
    assert found.after[0] == pytest.approx(2 / 255 + 10 * step, abs=1e-4)
    wanted = to_tensor(found.wanted)[0] - to_tensor(pictures)[0]
    assert wanted[0, 0, 0] == pytest.approx(3 * step, abs=0.005)
    assert wanted[2, 0, 0] == pytest.approx(-step, abs=0.005)
    assert wanted.abs().sum() == pytest.approx(4 * step, abs=0.01)


def test_a_small_step_raises_the_score_of_a_real_network_and_leaves_no_trace() -> None:
    torch.manual_seed(0)
    net = StyleGAN2Config(image_size=16, z_dim=8, w_dim=8, channel_base=128, channel_max=16, noise_up_to=8)
    gan = stylegan2(StyleGAN2GANConfig(net)).eval().requires_grad_(False)
    before = {name: value.clone() for name, value in gan.state_dict().items()}
    pictures = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
    found = list(opinions(Space(gan), pictures, 1e-3))
    assert [len(part.score) for part in found] == [4, 2]
    for part in found:
        assert (part.after > part.score).all()
    direct = scores(Space(gan), to_tensor(pictures))
    assert np.concatenate([part.score for part in found]) == pytest.approx(direct, rel=1e-4)
    assert not gan.training
    assert all(p.grad is None and not p.requires_grad for p in gan.parameters())
    assert all(torch.equal(value, before[name]) for name, value in gan.state_dict().items())
